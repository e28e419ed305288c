"""The process behind a WindowsPeer: answers smbd's srvsvc pipe and a control socket. Started by windows_peer.py.

    srvsvc_process.py DIRECTORY < JSON {"servers": {ADDRESS: [session, …]}, "admins": [user, …] or null, "list_own": bool}

Prints "ready" when both sockets listen. One JSON object a line over DIRECTORY/control, one answer line each.
"""

import asyncio
import json
import os
import sys

import faults
import named_pipe
import srvsvc
from session_table import MovableClock, SessionTable

_OP_RANGE = named_pipe._FAULT_OP_RANGE


class Service:
    """All that the process knows. asyncio: one thread, no locks."""

    def __init__(self, settings):
        self._clock = MovableClock()
        self._tables = {
            address: SessionTable(self._clock, sessions) for address, sessions in settings["servers"].items()
        }
        self._admins = settings.get("admins")
        self._list_own = settings.get("list_own", True)
        self._faults = faults.FaultRules()
        self._pipes = {}  # NamedPipe -> the row of its caller
        self._deletes = []
        self._calls = []

    # For NamedPipe ---------------------------------------------------------------------------------------------

    def rule_for(self, op, **call):
        return self._faults.rule_for(op, **call)

    def _table(self, pipe):
        return self._tables[pipe.caller.server_address]

    def opened(self, pipe):
        self._pipes[pipe] = None
        if self._list_own:
            table = self._table(pipe)
            table.add(client=pipe.caller.client_address, user=pipe.caller.user, open_files=1)
            self._pipes[pipe] = table.sessions[-1]

    def closed(self, pipe):
        row = self._pipes.pop(pipe, None)
        if row is not None and row in self._table(pipe).sessions:
            self._table(pipe).end([row])

    async def call(self, pipe, opnum, stub):
        if self._pipes.get(pipe):
            self._pipes[pipe].change(idle=0)
        if opnum == srvsvc.NETR_SESSION_ENUM:
            return await self._enumerate(pipe, srvsvc.EnumRequest(stub))
        if opnum == srvsvc.NETR_SESSION_DEL:
            return await self._delete(pipe, srvsvc.DelRequest(stub))
        self._calls.append({"op": opnum})
        return _OP_RANGE, {}

    def _allowed(self, pipe):
        return self._admins is None or pipe.caller.user in self._admins

    async def _before(self, pipe, rule):
        if rule.get("delay"):
            await asyncio.sleep(rule["delay"])
        if rule.get("hang") == "before":
            await pipe.hang()
        if rule.get("drop") == "before":
            pipe.drop(rule)

    async def _enumerate(self, pipe, request):
        rule = self.rule_for("enum", level=request.level, user=request.user)
        call = {"op": "enum", "level": request.level, "client": request.client, "user": request.user}
        self._calls.append(call)
        await self._before(pipe, rule)
        if "rpc_fault" in rule:
            return rule["rpc_fault"], rule
        if "error" in rule:
            return srvsvc.enum_reply(request, [], rule["error"]), rule
        return srvsvc.enumerate_sessions(self._table(pipe), request, self._allowed(pipe), rule), rule

    async def _delete(self, pipe, request):
        rule = self.rule_for("del", user=request.user)
        entry = {"server": pipe.caller.server_address, "caller": pipe.caller.user, "client": request.client,
                 "user": request.user, "status": None, "ended": []}
        self._calls.append({"op": "del"})
        self._deletes.append(entry)
        await self._before(pipe, rule)
        if "rpc_fault" in rule:
            return rule["rpc_fault"], rule
        if "error" in rule:
            status, ended = rule["error"], []
        else:
            status, ended = srvsvc.delete_sessions(self._table(pipe), request, self._allowed(pipe))
        entry.update(status=status, ended=[session.as_dict() for session in ended])
        self._cut_callers(ended, pipe)
        return srvsvc.ndr.u32(status), rule

    def _cut_callers(self, ended, own):
        """The rows of RPC callers are real connections: they close. The caller's own gets no reply either."""
        for pipe, row in list(self._pipes.items()):
            if row is not None and row in ended:
                self._pipes[pipe] = None
                pipe.cut()
                if pipe is own:
                    raise named_pipe.Gone

    # For the control socket --------------------------------------------------------------------------------------

    def _selected(self, command):
        server = command.pop("server", None)
        match = {key: command.pop(key) for key in ("client", "user") if key in command}
        for address, table in self._tables.items():
            if server in (None, address):
                for session in table.select(**match):
                    yield address, table, session

    def control(self, command):
        name = command.pop("cmd")
        return getattr(self, "_do_" + name)(command)

    def _do_list(self, command):
        return [dict(session.as_dict(), server=address) for address, _, session in self._selected(command)]

    def _do_touch(self, command):
        return self._change(command, {"idle": 0})

    def _do_set(self, command):
        changes = command.pop("changes")
        return self._change(command, changes)

    def _change(self, command, changes):
        selected = list(self._selected(command))
        for _, _, session in selected:
            session.change(**changes)
        return len(selected)

    def _do_add(self, command):
        server = command.pop("server", None)
        for address, table in self._tables.items():
            if server in (None, address):
                table.add(**command)

    def _do_remove(self, command):
        selected = list(self._selected(command))
        for _, table, session in selected:
            table.sessions.remove(session)
        return len(selected)

    def _do_advance(self, command):
        self._clock.offset += command["seconds"]

    def _do_fault(self, command):
        self._faults.add(**command)

    def _do_clear_faults(self, command):
        self._faults.clear()

    def _do_cut(self, command):
        pipes = list(self._pipes)
        for pipe in pipes:
            pipe.cut(command.get("via", "tcp"))
        return len(pipes)

    def _do_deletes(self, command):
        return self._deletes

    def _do_calls(self, command):
        return self._calls

    async def serve_control(self, reader, writer):
        while line := await reader.readline():
            try:
                answer = {"ok": True, "result": self.control(json.loads(line))}
            except Exception as error:  # whatever a test sends wrongly, tell it
                answer = {"ok": False, "error": "%s: %s" % (type(error).__name__, error)}
            writer.write((json.dumps(answer) + "\n").encode())
            await writer.drain()
        writer.close()


async def _main(directory):
    service = Service(json.load(sys.stdin))
    folder = os.path.join(directory, "ncalrpc", "np")
    os.makedirs(folder, mode=0o700, exist_ok=True)

    async def serve_pipe(reader, writer):
        await named_pipe.NamedPipe(service, reader, writer).run()

    pipes = await asyncio.start_unix_server(serve_pipe, os.path.join(folder, "srvsvc"), backlog=512)
    control = await asyncio.start_unix_server(service.serve_control, os.path.join(directory, "control"), limit=1 << 24)
    print("ready", flush=True)
    await asyncio.gather(pipes.serve_forever(), control.serve_forever())


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(_main(sys.argv[1]))
