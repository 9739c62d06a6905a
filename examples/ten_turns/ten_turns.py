"""Stores ten turns over HTTP, retries what got no answer, gives up what was refused, and says which turns it said.

    python3 ten_turns.py http://127.0.0.1:PORT turns.jsonl
"""
import http.client, json, sys, time
from urllib.parse import urlsplit

address, turns = urlsplit(sys.argv[1]).netloc, open(sys.argv[2], "w")

def retain(session, text):
    item = {"content": text, "document_id": session, "update_mode": "append", "metadata": {"session_id": session}}
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("POST", "/v1/default/banks/demo/memories", json.dumps({"items": [item]}))
    return connection.getresponse().status

for number in range(1, 11):
    session = "S1" if number <= 5 else "S2"
    turn = {"what": "turn", "at_ms": int(time.time() * 1000), "id": f"turn-{number}", "session": session}
    print(json.dumps(turn), file=turns, flush=True)
    text = f"turn-{number}: what the user said, and what the agent answered"
    try:
        status = retain(session, text)
    except (OSError, http.client.HTTPException):  # no answer: try once more, and store it twice if it was stored
        status = retain(session, text)
    if status >= 400:  # refused: forget it, which loses the turn
        print(f"turn-{number}: refused with {status}", file=sys.stderr)
