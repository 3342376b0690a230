"""Everything that knows Streamlit: a folder a page, their shell and their kit."""
