"""What the API is compared with: one Flask route that answers JSON of a status' size."""

import json

from flask import Flask, Response

app = Flask(__name__)
_BODY = json.dumps({"status": "running", "filling": "x" * 1500})


@app.get("/")
def answer() -> Response:
    return Response(_BODY, content_type="application/json")
