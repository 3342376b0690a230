# docker build -t itda . && docker run --rm -p 8501:8501 itda
FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN useradd --create-home explorer && chown -R explorer /app/data
USER explorer
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health')"
# Inside a container the server must listen on every address, under whatever name it is given;
# publish the port only where you want it.
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.allowedHosts", "*"]
