"""Heads over HTTP: `glot serve`.

`limits` says what is accepted, `model` computes, `batcher` queues and answers, `schema` and `app`
speak HTTP, `server` starts and stops. FastAPI and uvicorn are imported by the last three alone.
"""
