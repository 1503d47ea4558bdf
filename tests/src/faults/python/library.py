"""The rows that an application of the library would meet: each is a method of the Java program beside this."""
import os, pathlib, re, shutil, subprocess, tempfile
from rows import row
from stage import TOOL, Verdict, last_line

SOURCES = TOOL / "src/faults/java"
TESTING = TOOL.parent / "testing/src/main/java"
CLASSES = "HYDRA_FAULTS_CLASSES"
LEVEL = "17"


def jdks():
    """(version, home) of every JDK with a compiler, found as ./hydra finds them."""
    homes = [os.environ.get("HYDRA_JAVA_HOME"), os.environ.get("JAVA_HOME"), *pathlib.Path("/usr/lib/jvm").glob("*"),
             *pathlib.Path("/opt").glob("*jdk*"), *pathlib.Path.home().glob(".sdkman/candidates/java/*"),
             *pathlib.Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")]
    for home in filter(None, homes):
        try:
            release = (pathlib.Path(home) / "release").read_text()
        except OSError:
            continue
        version = re.search(r'JAVA_VERSION="(\d+)', release)
        if version and (pathlib.Path(home) / "bin/javac").exists():
            yield int(version[1]), pathlib.Path(home)


def java_home():
    """The newest JDK: virtual threads need 21."""
    found = sorted(jdks(), key=lambda jdk: jdk[0])
    if not found:
        raise OSError("no JDK with javac found")
    return found[-1]


def class_path(checkout, classes):
    """Without a logger: what Netty says of itself is of no interest."""
    jars = sorted(p for p in (checkout / "cli/target/lib").glob("*.jar") if not p.name.startswith("logback"))
    return os.pathsep.join(map(str, [classes, *jars]))


def prepare(checkout):
    """Compiles the program against what the checkout has."""
    os.environ[CLASSES] = tempfile.mkdtemp(prefix="hydra-faults-classes-")
    testing = [path for path in TESTING.rglob("*.java") if path.name != "module-info.java"]
    sources = sorted(map(str, [*SOURCES.rglob("*.java"), *testing]))
    subprocess.run([str(java_home()[1] / "bin/javac"), "--release", LEVEL, "-proc:none", "-nowarn", "-cp",
                    class_path(checkout, ""), "-d", os.environ[CLASSES], *sources], check=True, stdin=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def forget(): shutil.rmtree(os.environ.pop(CLASSES), ignore_errors=True)


def java_row(id, title, limit=150):
    @row(id, title, limit)
    def _(stage):
        version, home = java_home()
        flags = ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"] if version >= 24 else []
        command = [str(home / "bin/java"), "-Xmx512m", *flags, "-cp",
                   class_path(stage.checkout, os.environ[CLASSES]), "io.hydrasync.faults.FaultsMain", id,
                   str(stage.path("java"))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=stage.scratch)
        stage.processes.append(process)
        out, err = process.communicate()
        found = re.search(r"^(HELD|FAULT|SKIP) (.*)$", out, re.M)
        if not found:
            raise Verdict(False, "no verdict: %s" % last_line(err))
        raise Verdict({"HELD": True, "FAULT": False, "SKIP": None}[found[1]], found[2])


java_row("A1.13a", "library, the default start: GapException(stream, 0, n) first")
java_row("A1.13b", "library, HydraConsumer.connect: GapException(stream, 0, n) first")
java_row("A1.13c", "library, OLDEST: missedBefore() says where it began")
java_row("A1.13d", "library: unreadFrames() and onUnread")

java_row("B7a", "stuck in the socket, the relay gone, interrupted, flush: write")
java_row("B7b", "the same: broadcast")
java_row("B7c", "the same: write on a virtual thread")
java_row("B7d", "taken, then the connection is given up: the next call throws")

java_row("C8.1a", "an Error of a listener")
java_row("C8.1b", "a checked exception of a listener")
java_row("C8.2a", "producer, reconnectTimeout FOREVER")
java_row("C8.2b", "producer, reconnectTimeout 200,000 days")
java_row("C8.3a", "consumer, reconnectTimeout FOREVER")
java_row("C8.3b", "consumer, reconnectTimeout 200,000 days")
java_row("C8.4a", "one file of known relays, many threads: connect")
java_row("C8.4b", "one file of known relays, many threads: pin and forget")
java_row("C8.5a", "producer, reconnectTimeout(null)")
java_row("C8.5b", "consumer, reconnectTimeout(null)")
java_row("C8.5c", "consumer, onGap(null)")
java_row("C8.5d", "producer, reconnectTimeout(-1 s)")
java_row("C8.6a", "server, linger(-5 s)")
java_row("C8.6b", "server, handshakeTimeout(0)")
java_row("C8.6c", "server, idleTimeout(-1 ms)")
java_row("C8.6d", "server, address(null)")
java_row("C8.7a", "consumer, a null relay")
java_row("C8.7b", "producer, a null relay")
java_row("C8.7c", "producer, connectTimeout FOREVER")
java_row("C8.7d", "server, linger FOREVER")

java_row("C9.1a", "receive interrupted: platform thread, the relay answers")
java_row("C9.1b", "receive interrupted: platform thread, the relay is stopped")
java_row("C9.1c", "receive interrupted: with a timeout")
java_row("C9.1d", "receive interrupted: virtual thread")
java_row("C9.1e", "receive interrupted: virtual thread, with a timeout, the relay is stopped")
java_row("C9.1f", "receive with the flag set: what is here first")
java_row("C9.1g", "receive interrupted: while it reconnects")
java_row("C9.1h", "receive interrupted: classic wire")
java_row("C9.2a", "broadcast interrupted: not taken")
java_row("C9.2b", "write interrupted: not taken")
java_row("C9.2c", "broadcast interrupted: not taken, virtual thread")
java_row("C9.2d", "broadcast interrupted: behind a thread that is stuck")
java_row("C9.3a", "broadcast interrupted: taken, stuck in the socket")
java_row("C9.3b", "write interrupted: taken, stuck in the socket")
java_row("C9.3c", "broadcast interrupted: taken, stuck, virtual thread")
java_row("C9.4a", "flush interrupted: stuck in the socket")
java_row("C9.4b", "flush interrupted: behind a thread that is stuck")
java_row("C9.5a", "connect interrupted: consumer, no answer")
java_row("C9.5b", "connect interrupted: producer, no answer")
java_row("C9.5c", "connect interrupted: virtual thread, no answer")
java_row("C9.5d", "connect interrupted: not even accepted")
java_row("C9.6a", "close with the flag set is not cut short")
java_row("C9.6b", "leave with the flag set is not cut short")
java_row("C9.6c", "close interrupted is not cut short")
java_row("C9.6d", "leave interrupted is not cut short")
java_row("C9.7a", "close(1 s), the relay does not read")
java_row("C9.7b", "close(1 s), another thread is stuck in the socket")
java_row("C9.7c", "abort, another thread is stuck in the socket")
java_row("C9.7d", "abort during a reconnect that nobody answers")
java_row("C9.7e", "close(1 s) during a reconnect that nobody answers")
java_row("C9.7f", "consumer's close during a reconnect that nobody answers")
java_row("C9.8a", "a second thread in receive()")
java_row("C9.8b", "a second thread in receive(Duration)")
java_row("C9.9a", "producer after close: ClosedException, acknowledged() stays")
java_row("C9.9b", "consumer after close: ClosedException, position() stays")
java_row("C9.9c", "receive that waits while another thread closes")
java_row("C9.9d", "producer after abort: ClosedException")

java_row("C10a", "the relay shuts down, a short deadline: producer")
java_row("C10b", "the relay shuts down, a short deadline: consumer")
java_row("C10c", "the relay shuts down for good: gives up at the deadline, not before")

java_row("C11.1a", "the session is over: SessionTruncatedException, for good")
java_row("C11.1b", "another stream follows: StreamTruncatedException, and on")
java_row("C11.2a", "isRetryable of TOO_BIG")
java_row("C11.2b", "isRetryable of WRONG_KEY")
java_row("C11.2c", "isRetryable of STALE_EPOCH")
java_row("C11.2d", "isRetryable of BAD_SIGNATURE")

java_row("C12a", "drain(100 ms, 1 s), a consumer that is not in receive()")
java_row("C12b", "drain(100 ms, 1 s), strangers that have not joined")

java_row("C13a", "hydra-timer ends with the last client")
java_row("C13b", "a class loader is let go", limit=150)
java_row("C13c", "hydra-timer ends with clients that failed")


@row("C11.3", "a table of exceptions in the docs names every type")
def _(stage):
    folder = stage.checkout / "protocol/src/main/java/io/hydrasync/protocol"
    types = sorted(p.stem for p in folder.glob("*Exception.java") if p.stem not in ("HydraException", "TruncatedException"))
    best, where = [], None
    for path in [*stage.checkout.glob("docs/**/*.md"), stage.checkout / "README.md"]:
        cells = [line for line in path.read_text().splitlines() if line.startswith("|")]
        named = [t for t in types if any(re.search(r"\b%s\b" % t, line) for line in cells)]
        if len(named) > len(best):
            best, where = named, path.name
    raise Verdict(best == types, "%d of %d types%s" % (len(best), len(types), ", in %s" % where if where else ""))
