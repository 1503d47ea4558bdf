"""What a row is played with: a scratch directory, relays, the hydra command, raw wire, a proxy, a lying relay.

Everything that a Stage starts is ended by it, by its process id, and its directory goes with it.
"""
import argparse, fcntl, glob, importlib.util, json, os, pathlib, re, shutil, signal, socket, struct, subprocess, sys
import tempfile, termios, threading, time

TOOL = pathlib.Path(__file__).resolve().parents[3]


def load_peer():
    """The wire peer of this checkout, whatever is being judged."""
    path = TOOL / "src/test/python/hydra_peer.py"
    spec = importlib.util.spec_from_file_location("hydra_peer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.event = lambda *_, **__: None
    return module


hp = load_peer()


class Verdict(Exception):
    """Ends a row: held or not, and what was seen."""
    def __init__(self, held, seen):
        super().__init__(seen)
        self.held, self.seen = held, seen


def until(condition, seconds, what, *commands):
    """Waits for a condition; its value. What does not come in time is a fault; the commands' last words are told."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            last = "".join("; %s: exit %s, %s" % (c.process.args[1], c.code, last_line(c.err)) for c in commands)
            raise Verdict(False, "%s has not come within %g s%s" % (what, seconds, last))
        time.sleep(0.02)


def environment(scratch):
    """Nothing of the caller's ~/.config and of its HYDRA_ variables, but for the JDK."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HYDRA_") or k == "HYDRA_JAVA_HOME"}
    return {**kept, "XDG_CONFIG_HOME": str(scratch / "config")}


class Command:
    """A hydra command that runs; its output goes to files, so that none of it can block."""
    def __init__(self, stage, name, args, stdin=subprocess.DEVNULL, stdout=None, env=()):
        self.out_path, self.err_path = stage.path(name + ".out"), stage.path(name + ".err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen([str(stage.checkout / "hydra"), *map(str, args)], stdin=stdin,
                                            stdout=stdout or out, stderr=err,
                                            env={**environment(stage.scratch), **dict(env)},
                                            cwd=stage.scratch)
        stage.processes.append(self.process)
        self.stdin = self.process.stdin

    @property
    def out(self): return self.out_path.read_bytes()

    @property
    def err(self): return self.err_path.read_text(errors="replace")

    @property
    def code(self): return self.process.poll()

    def wait(self, seconds, what="the command's end"):
        """The exit code; still running is a fault."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Verdict(False, "%s has not come within %g s: %s" % (what, seconds, last_line(self.err))) from None

    def type(self, text):
        self.stdin.write(text.encode())
        self.stdin.flush()

    def events(self, name):
        """What --json has said by that name, in order."""
        found = []
        for line in self.err.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == name:
                found.append(event)
        return found

    def kill(self): self.process.send_signal(signal.SIGKILL)


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1][:160] if lines else "nothing said"


def megabytes(data): return "%.1f MB" % (len(data) / 1e6)


class Stage:
    def __init__(self, checkout):
        self.checkout = pathlib.Path(checkout)
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="hydra-faults-"))
        self.processes, self.closers, self.names = [], [], 0

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for close in self.closers:
            close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def path(self, name): return self.scratch / name

    def hydra(self, *args, **kw):
        self.names += 1
        return Command(self, "%d-%s" % (self.names, args[0]), args, **kw)

    def relay(self, *options, port=0):
        """A relay with a key file, so that another one at its port can take its place."""
        return CommandRelay(self, self.hydra("relay", "--json", "--listen", "127.0.0.1:%d" % port, "--key-file",
                                             self.path("relay.key"), *options))

    def lasting_relay(self, *options):
        """One that keeps a session whose producer has gone, however long the next command takes to begin."""
        return self.relay("--linger", "300s", *options)

    def owned_ticket(self, relay):
        """Files with an owner's key and the ticket of a session of its."""
        seed = os.urandom(32)
        sid = hp.b64(hp.owned_sid(seed, os.urandom(16)))
        return (self.secret("owner.key", seed.hex()),
                self.secret("owned.ticket", "hydra://%s/%s?relay=%s#%s" % (relay.where, sid, relay.key,
                                                                            hp.b64(os.urandom(32)))))

    def secret(self, name, text):
        """A file that its owner alone can read."""
        path = self.path(name)
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def raw(self, relay, seed=None):
        return RawSession(self, relay, seed)

    def raw_ticket(self, relay, text):
        """The session of a ticket, to be looked at."""
        session = RawSession(self, relay)
        path, key = text.split("#")
        session.sid, session.key = hp.unb64(re.split("[/?]", path)[3]), hp.unb64(key)
        return session

    def peer_relay(self):
        """The relay of the Python peer that the checkout has."""
        path = self.checkout / "tests/src/test/python/hydra_peer.py"
        process = subprocess.Popen([sys.executable, str(path), "relay"], stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.DEVNULL)
        self.processes.append(process)
        where, key = re.fullmatch(r"listening (\S+) key (\S+)\s*", process.stdout.readline()).groups()
        return argparse.Namespace(where=where, key=key)

    def proxy(self, relay):
        proxy = Proxy(relay.port)
        self.closers.append(proxy.close)
        return proxy

    def liar(self, script):
        liar = Liar(script)
        self.closers.append(liar.close)
        return liar


class CommandRelay:
    def __init__(self, stage, command):
        self.stage, self.command = stage, command
        ready = json.loads(until(lambda: command.out.endswith(b"\n") and command.out, 60, "the relay's ready line"))
        self.port, self.key = ready["port"], ready["key"]
        self.where = "127.0.0.1:%d" % self.port

    def replaced(self, *options):
        """Killed, with all that it knew; another one with its key takes its place."""
        self.command.kill()
        self.command.process.wait()
        return self.stage.relay(*options, port=self.port)


class RawSession:
    """A session that is produced into, and looked at, frame by frame."""
    def __init__(self, stage, relay, seed=None):
        self.stage, self.relay, self.seed = stage, relay, seed
        self.sid = hp.owned_sid(seed, os.urandom(16)) if seed else os.urandom(64)
        self.key, self.keys, self.head = os.urandom(32), None, None
        self.key_file = stage.secret("session.key", self.key.hex())

    def join(self, role, relay=None, **kw):
        """A connection that has joined; the relay's ERROR is hp.Fault."""
        relay = relay or self.relay
        link = hp.handshake(hp.dial(relay.where), hp.unb64(relay.key))
        link.ctl(hp.JOIN, hp.join_body(link.h, self.sid, role, seed=self.seed, **kw))
        link.deadline = time.monotonic() + 10
        hp.read_joined(link)
        link.deadline = None
        return link

    def produce(self, relay=None, **kw): return self.join(hp.PRODUCER, relay, **kw)

    def open(self, link, first=0, stream=None, epoch=None, flags=0):
        """Sends a HEAD; what is sealed from now on is under it."""
        epoch = epoch or max(hp.now_ms(), link.joined.id + 1, (self.head.epoch + 1) if self.head else 0)
        raw, self.keys = hp.make_head(self.sid, self.key, epoch, stream or epoch, first, flags, seed=self.seed)
        self.head = hp.Head(raw, self.sid)
        link.raw(raw)
        return self.head

    def data(self, link, seqs, text="%d\n", size=0):
        for seq in seqs:
            link.raw(self.keys.seal(hp.DATA, seq, (text % seq).encode().rjust(size, b".")))

    def end(self, link, seq, final=1): link.raw(self.end_frame(seq, final))

    def end_frame(self, seq, final=1): return self.keys.seal(hp.END, seq, hp.u64(hp.now_ms()) + bytes([final]))

    def recv_args(self, *options, at=None):
        return ("recv", "--relay", (at or self.relay).where, "--relay-key", self.relay.key, "--session-id",
                self.sid.hex(), "--session-key", "@%s" % self.key_file, *options)

    def recv(self, *options, at=None): return self.stage.hydra(*self.recv_args(*options, at=at))

    def settled(self, link, nxt):
        """Waits until the relay's log holds everything below nxt."""
        self.hear(link, lambda typ, body: typ == hp.ACK and hp.fields(">Q8sQI", body)[2] == nxt, 10, "its ACK")

    def last_epoch(self):
        """The epoch of the newest HEAD, 0 if there is none: what a producer's JOINED would say, asked as a consumer."""
        link = self.join(hp.CONSUMER, flags=2, start=1)
        link.deadline, newest = time.monotonic() + 0.5, 0
        try:
            while True:
                inner, typ, raw = link.next()
                if not inner and typ == hp.HEAD:
                    newest = hp.Head(raw, self.sid).epoch
        except TimeoutError:
            return newest
        finally:
            link.sock.close()

    @staticmethod
    def hear(link, wanted, seconds, what):
        """Reads controls until one is wanted; its body."""
        link.deadline = time.monotonic() + seconds
        try:
            while True:
                inner, typ, body = link.next()
                if inner and wanted(typ, body):
                    return body
                if inner and typ == hp.ERROR:
                    raise Verdict(False, "the relay said %s" % hp.relay_error(body).code)
        except TimeoutError:
            raise Verdict(False, "%s has not come within %g s" % (what, seconds)) from None
        except (EOFError, ConnectionError):
            raise Verdict(False, "the connection ended before %s" % what) from None
        finally:
            link.deadline = None


class Proxy:
    """TCP in between: passes, holds what comes, cuts, and refuses."""
    def __init__(self, port):
        self.target, self.pairs, self.open, self.refusing = port, [], threading.Event(), False
        self.open.set()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.server.getsockname()[1]
        self.where = "127.0.0.1:%d" % self.port
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            pair = (client, socket.create_connection(("127.0.0.1", self.target)))
            self.pairs.append(pair)
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        try:
            while True:
                data = source.recv(1 << 16)
                self.open.wait()
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)
        except OSError:
            pass

    def hold(self): self.open.clear()

    def cut(self):
        """Ends every connection; what was held on them is lost."""
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for sock in pair:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.open.set()

    def close(self):
        self.server.close()
        self.cut()


class Liar:
    """A relay without a log: script(link, join, number of the connection) says what each consumer gets."""
    def __init__(self, script):
        self.script, self.private = script, hp.X25519PrivateKey.generate()
        self.key = hp.b64(hp.pub(self.private))
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.where = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        number = 0
        while True:
            try:
                sock = self.server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()
            number += 1

    def _serve(self, sock, number):
        link = hp.Link(sock)
        try:
            if link.take(8) != hp.MAGIC:
                return
            noise = hp.Noise()
            link.raw(noise.respond(link.take(32), self.private, hp.X25519PrivateKey.generate()))
            link.rx, link.tx = noise.split()
            _, _, body = link.next()
            link.max_inner = 65536 + 64
            join = argparse.Namespace(start=body[2], id=struct.unpack_from(">Q", body, 68)[0],
                                      seq=struct.unpack_from(">Q", body, 76)[0])
            self.script(link, join, number)
            link.drain()
        except (EOFError, OSError, hp.Fault):
            pass
        finally:
            sock.close()

    def close(self): self.server.close()


def joined(link, stream, seq, live=True):
    """JOINED as to a consumer."""
    link.ctl(hp.JOINED, struct.pack(">BIQQ16sH", 2 * live, hp.MAX_FRAME, stream, seq, bytes(16), 30))


def unread_bytes(fd):
    """How many bytes wait in a pipe."""
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0]
