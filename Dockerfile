# docker build -t itda . && docker run --rm -p 127.0.0.1:8501:8501 itda
FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN useradd --create-home explorer && chown -R explorer /app/data
USER explorer
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health')"
# Inside a container the server must listen on every address; published as above, only this machine
# reaches it. It answers to localhost and 127.0.0.1 (.streamlit/config.toml), so that no page of the
# web can reach it under a name of its own; to others with -e STREAMLIT_SERVER_ALLOWED_HOSTS="NAME".
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0"]
