"""Socio: how a municipality shares its socio-economic school money."""

from socio.ui import files, navigation, server

if __name__ == "__main__":  # the script that runs for each session
    navigation.run()
else:  # the server that runs it
    from streamlit.starlette import App

    app = App(__file__, lifespan=server.warm, routes=files.ROUTES, middleware=server.MIDDLEWARE)
