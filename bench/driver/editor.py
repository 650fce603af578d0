"""An editor that types into one file of a repository: how long diagnostics take after a keystroke.

It speaks the protocol over the pipes of a real `glue-compile lsp`, so that what is measured is what a person waits for.
"""

import json
import os
import pathlib
import subprocess
import time


class Editor:
    """A session with the language server of a folder."""

    def __init__(self, binary, folder, errors):
        self.process = subprocess.Popen([binary, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=folder)
        self.asked = 0
        self.request("initialize", {"capabilities": {}, "processId": None, "rootUri": pathlib.Path(folder).as_uri()})
        self.notify("initialized", {})

    def notify(self, method, params):
        self.write({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method, params):
        self.asked += 1
        self.write({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.asked and "method" not in message:
                return message.get("result")

    def diagnostics(self, uri, version):
        """Waits for what is said of this version of a file."""
        while True:
            message = self.read()
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and params.get("uri") == uri and params.get("version") == version:
                return params["diagnostics"]

    def write(self, message):
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        length = 0
        while (line := self.process.stdout.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise ConnectionError("the language server ended")
        return json.loads(self.process.stdout.read(length))

    def close(self):
        self.request("shutdown", None)
        self.notify("exit", None)
        self.process.stdin.close()
        self.process.wait(timeout=60)


def keystrokes(binary, folder, file, before, after, strokes, errors):
    """Types `strokes` times, with a fault and without it by turns; seconds of each, and the peak memory in MB if it is known.

    The first stroke is not counted: it waits for the server to have read the repository.
    """
    path = pathlib.Path(folder) / file
    text, uri = path.read_text(encoding="utf-8"), path.as_uri()
    faulty = text.replace(before, after, 1)
    assert faulty != text, f"{file} has no {before}"
    with open(errors, "wb") as log:
        editor = Editor(binary, folder, log)
        editor.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 0, "text": text}})
        seconds = []
        for version in range(1, strokes + 2):
            now = faulty if version % 2 else text
            begin = time.perf_counter()
            change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": now}]}
            editor.notify("textDocument/didChange", change)
            said = editor.diagnostics(uri, version)
            seconds.append(time.perf_counter() - begin)
            assert bool(said) == bool(version % 2), f"version {version} of {file}: {said}"
        peak = resident_mb(editor.process.pid)
        editor.close()
    return seconds[1:], peak


def resident_mb(process):
    """The greatest memory that a process ever had; `None` where the system does not say."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return None


def share(values, part):
    """The value that `part` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
