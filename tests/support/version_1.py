"""Programs of the time of version 1: ``python version_1.py HOW``.

They are frozen: what they know of the protocol is what it was. HOW is how they take a ``hello`` of
another version: ``looks away`` answers all the same, ``fails`` says so, ``ends`` and ``hangs`` do.
They import nothing of pithmerge.
"""

import base64
import hashlib
import json
import sys
import time

HOW = sys.argv[1]


def hello(request):
    if request["protocol"] != 1:
        if HOW == "ends":
            sys.exit("another protocol")
        if HOW == "hangs":
            time.sleep(600)
        if HOW == "fails":
            return {"seq": None, "failed": {"message": "another protocol", "traceback": ""}}
    about = {"name": "old", "version": "1", "language": "Python", "source": "here"}
    return {"protocol": 1, "implementation": about, "ops": ["merge", "canonicalize"]}


def run(request):
    if request["op"] == "canonicalize":
        value = json.loads(base64.b64decode(request["json_b64"]))
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        data = text.encode()
        return {
            "canonical_b64": base64.b64encode(data).decode(),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    names = {"pith_number", "keys", "source_aliases", "verify_signatures", "events_b64"}
    assert set(request) == {"cmd", "seq", "op"} | names
    return {"refused": f"{len(request['keys'])} keys"}


for line in sys.stdin:
    request = json.loads(line)
    if request["cmd"] == "bye":
        break
    if request["cmd"] == "hello":
        answer = hello(request)
    else:
        answer = {"seq": request["seq"], "result": run(request)}
    print(json.dumps(answer), flush=True)
