"""A catalog of Iceberg with a REST API, for one test: PyIceberg's own behind HTTP, with tables in a folder.

Answers `POST /v1/oauth/tokens` only to the client `root` with the secret `s3cr3t`, and nothing without its token.
Arguments: the port, and the folder.
"""

import json
import pathlib
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import CommitTableRequest

PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])
FOLDER.mkdir(parents=True)
CATALOG = SqlCatalog("test", uri=f"sqlite:///{FOLDER}/catalog.db", warehouse=f"file://{FOLDER}")
TOKEN = "token-of-the-test"


def described(table):
    metadata = table.metadata.model_dump_json(by_alias=True, exclude_none=True)
    return {"metadata-location": table.metadata_location, "metadata": json.loads(metadata), "config": {}}


class Refused(Exception):
    def __init__(self, status, kind):
        super().__init__(kind)
        self.status, self.kind = status, kind


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        try:
            status, answer = 200, self.route(body)
        except Refused as refused:
            status = refused.status
            answer = {"error": {"message": refused.kind, "type": refused.kind, "code": status}}
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_HEAD = answer

    def route(self, body):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path)
        parts = path.split("/v1/")[1].split("/")
        if parts[0] == "oauth":
            asked = urllib.parse.parse_qs(body)
            if asked.get("client_id") != ["root"] or asked.get("client_secret") != ["s3cr3t"]:
                raise Refused(401, "NotAuthorizedException")
            kind = "urn:ietf:params:oauth:token-type:access_token"
            return {"access_token": TOKEN, "token_type": "bearer", "issued_token_type": kind}
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(401, "NotAuthorizedException")
        match parts:
            case ["config"]:
                return {"defaults": {}, "overrides": {}}
            case ["namespaces"]:
                namespace = json.loads(body)["namespace"]
                CATALOG.create_namespace(".".join(namespace))
                return {"namespace": namespace, "properties": {}}
            case ["namespaces", namespace]:
                if (namespace,) not in CATALOG.list_namespaces():
                    raise Refused(404, "NoSuchNamespaceException")
                return {"namespace": [namespace], "properties": {}}
            case ["namespaces", namespace, "tables"]:
                asked = CreateTableRequest.model_validate_json(body)
                name = f"{namespace}.{asked.name}"
                return described(CATALOG.create_table(name, schema=asked.table_schema))
            case ["namespaces", namespace, "tables", table]:
                name = f"{namespace}.{table}"
                if not CATALOG.table_exists(name):
                    raise Refused(404, "NoSuchTableException")
                if self.command == "POST":
                    asked = json.loads(body) | {"identifier": {"namespace": [namespace], "name": table}}
                    asked = CommitTableRequest.model_validate(asked)
                    CATALOG.commit_table(CATALOG.load_table(name), asked.requirements, asked.updates)
                return described(CATALOG.load_table(name))
            case ["namespaces", _, "tables", _, "metrics"]:
                return {}
            case _:
                raise Refused(404, "NoSuchTableException")


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
