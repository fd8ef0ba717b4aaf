"""Has python-slack-sdk's own tests answered by `timer-notify serve` in place of their mock: see README.md."""

import http.client
import os
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.mock_web_api_server import mock_server_thread

EMULATOR = urlsplit(os.environ["EMULATOR"])

# The mock takes a fault from the token or the webhook's path; so does the emulator, by other names.
FAULTS = {
    "ratelimited": "rate-limit:1s",
    "ratelimited_only_once": "rate-limit:1s:first-1",
    "fatal_error": "ok-false:fatal_error",
    "fatal_error_only_once": "ok-false:fatal_error:first-1",
    "remote_disconnected": "close",
    "timeout": "latency:3s",
    "500": "status-500",
    "html_response": "status-404",
    "error_html_response": "status-503",
    "server_error_only_once": "status-500:first-1",
    "api_test_false": "ok-false:fatal_error",
    "error": "status-500",
}
# One of the mocks cuts every second connection only.
RETRY_FAULTS = {**FAULTS, "remote_disconnected": "close:first-1"}

# Of one connection only, and not of the request or the answer.
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")
servers = 0


def handler_for(mock):
    global servers
    servers += 1
    webhook_path = f"/services/T000/B{servers}/"
    is_webhook = ".webhook." in mock.__module__
    faults = RETRY_FAULTS if mock.__module__.endswith("http_retry_handler") else FAULTS

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def path_there(self):
            if is_webhook:
                return webhook_path + faults.get(self.path[1:], "XXXX")
            return self.path if self.path.startswith("/api/") else "/api" + self.path

        def headers_there(self):
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "host")}
            scheme, _, token = headers.get("Authorization", "").partition(" ")
            kind, _, name = token.partition("-")
            if name in faults:
                headers["Authorization"] = f"{scheme} {kind}-test-{faults[name]}"
            return headers

        def pass_on(self):
            # The tests assert which requests the server has got.
            self.server.queue.put_nowait(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.close_connection = True
            connection = http.client.HTTPConnection(EMULATOR.hostname, EMULATOR.port, timeout=30)
            try:
                connection.request(self.command, self.path_there(), body=body, headers=self.headers_there())
                answer = connection.getresponse()
                data = answer.read()
            except (http.client.RemoteDisconnected, ConnectionResetError):
                return
            finally:
                connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = pass_on

    return Proxy


open_mock = mock_server_thread.MockServerThread.__init__


def open_proxy(self, test, handler, queue=None, port=8888):
    open_mock(self, test, handler_for(handler), queue, port)


mock_server_thread.MockServerThread.__init__ = open_proxy
