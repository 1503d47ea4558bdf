"""Small heaps, strange class paths and module paths, scrapes, and builds without tests."""
import concurrent.futures, contextlib, os, pathlib, re, subprocess, urllib.request
import stage as scene
from beginning import noise, ticket_of
from library import java_home
from rows import row
from stage import Verdict, last_line, megabytes, until

SMALL = "-Xmx32m"
MIB = 1 << 20


@contextlib.contextmanager
def java(options):
    """The commands that are started meanwhile have these options of the JVM."""
    usual = scene.environment
    scene.environment = lambda scratch: {**usual(scratch), "HYDRA_JAVA_OPTS": options}
    try:
        yield
    finally:
        scene.environment = usual


# ---------------------------------------------------------------- the heap

def small_row(id, what, options, content, args, late):
    @row(id, "%s: nothing is lost, no OutOfMemoryError" % what)
    def _(stage):
        relay, path = stage.relay("--retention", "256m", "--capacity", "256m"), stage.path("f")
        path.write_bytes(content())
        with open(path, "rb") as given, java(options):
            sender = stage.hydra(*args, "--relay", relay.where, "--ticket-file", stage.path("t"), stdin=given)
            ticket = ticket_of(sender, stage.path("t"))
            if late:
                until(lambda: sender.code is not None or "OutOfMemory" in sender.err, 120, "the sender's end", sender)
            receiver = stage.hydra("recv", ticket, "--from", "oldest",
                                   *(["--lines"] if "--lines" in args else []), "-o", stage.path("out"))
            receiver.wait(120)
            sender.wait(60, "the sender's end")
        out = stage.path("out").read_bytes() if stage.path("out").exists() else b""
        whole = out == path.read_bytes()
        said = [x for c in (sender, receiver) for x in c.err.splitlines() if re.search("(?i)out ?of ?memory", x)]
        raise Verdict(whole and not said and (sender.code, receiver.code) == (0, 0),
                      "send: exit %s, recv: exit %s, %s%s; %s" % (sender.code, receiver.code, megabytes(out),
                                                                 "" if whole else " that differ", said[:1] or "no word of memory"))


small_row("F11.1a", "send of 120 MB, a machine of 512 MiB", "-XX:MaxRAM=512m", lambda: os.urandom(120_000_000),
          ("send", "--wait-consumers", "0", "-"), True)
small_row("F11.1b", "send and recv of 60 MB with a heap of 32 MiB", SMALL, lambda: os.urandom(60_000_000),
          ("send", "--wait-consumers", "0", "-"), True)
small_row("F11.1c", "send --lines, lines of 1 MiB, a heap of 32 MiB", SMALL,
          lambda: b"".join(b"%08d" % i + b"." * (MIB - 8 - 1) + b"\n" for i in range(40)),
          ("send", "--lines", "--wait-consumers", "0"), True)


def too_big(stage, options):
    """A line of 12 MiB between small ones, received by who has too little memory, then by who has enough."""
    relay, path = stage.lasting_relay("--retention", "64m"), stage.path("f")
    path.write_bytes(b"small\n" + b"x" * 12 * MIB + b"\nend\n")
    with open(path, "rb") as given:
        sender = stage.hydra("send", "--lines", "--wait-consumers", "0", "--relay", relay.where, "--ticket-file",
                             stage.path("t"), stdin=given)
        ticket = ticket_of(sender, stage.path("t"))
        sender.wait(60)
    where = ("recv", ticket, "--lines", "--from", "oldest", "-o", stage.path("out"), "--position-file", stage.path("p"))
    with java(options):
        little = stage.hydra(*where)
        little.wait(60)
    enough = stage.hydra(*where)
    enough.wait(60)
    whole = stage.path("out").exists() and stage.path("out").read_bytes() == path.read_bytes()
    told = re.search(r"12582941 bytes needs 4[89] MiB of heap", little.err)
    raise Verdict(bool(told) and whole and enough.code == 0,
                  "exit %s, %s; then exit %s, %s" % (little.code, last_line(little.err), enough.code,
                                                     "all of it" if whole else "something else"))


@row("F11.2a", "a message that the heap cannot hold: told, and received by another")
def _(stage): too_big(stage, SMALL)


@row("F11.2b", "the same with another collector")
def _(stage): too_big(stage, SMALL + " -XX:+UseG1GC")


def ring_row(id, options, size, held):
    @row(id, "send --ring %s with %s" % (size, options))
    def _(stage):
        relay = stage.relay()
        with java(options):
            sender = stage.hydra("send", "--ring", size, "--wait-consumers", "0", "--relay", relay.where,
                                 noise(stage, size=1000))
            code = sender.wait(60)
        raise Verdict(held(code, sender.err), "exit %d, %s" % (code, last_line(re.sub(r"hydra://\S+", "TICKET", sender.err))))


ring_row("F11.3a", SMALL, "64m", lambda code, err: code not in (0, None) and "room for one of" in err)
ring_row("F11.3b", SMALL, "1m", lambda code, err: code == 0)


# ---------------------------------------------------------------- scrapes

def scraped(stage, scrapes, at_once):
    relay = stage.relay("--http", "127.0.0.1:0")
    url = until(lambda: re.search(r"http://[^/]*/", relay.command.err), 30, "the address of HTTP")[0]
    seen, stop = set(), []

    def scrape(_):
        with urllib.request.urlopen(url + "metrics", timeout=30) as answer:
            text = answer.read().decode()
        seen.add(len([line for line in text.splitlines() if not line.startswith("#")]))

    def come_and_go():
        count = 0
        while not stop and count < 1000:
            session = stage.raw(relay)
            session.produce().sock.close()
            count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(at_once + 1) as pool:
        sessions = pool.submit(come_and_go)
        for _ in pool.map(scrape, range(scrapes)):
            pass
        stop.append(True)
    said = [x for x in relay.command.err.splitlines() if re.search("WARN|ERROR|registered", x)]
    # one more may come at the start: a reason for which a client left
    raise Verdict(not said and len(seen) <= 2, "%d scrapes, %d sessions, %s series; %s"
                  % (scrapes, sessions.result(), sorted(seen), said[0][:150] if said else "nothing said"))


@row("F12.a", "10,000 scrapes while sessions come and go: nothing is said", limit=600)
def _(stage): scraped(stage, 10_000, 4)


@row("F12.b", "a few scrapes, all at once")
def _(stage): scraped(stage, 40, 8)


# ---------------------------------------------------------------- class paths and module paths

def jars(stage): return [stage.checkout / "cli/target/hydra-cli.jar", *sorted((stage.checkout / "cli/target/lib").glob("*.jar"))]


def run_java(stage, *args):
    home = java_home()[1]
    process = subprocess.Popen([str(home / "bin/java"), *map(str, args)], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, cwd=stage.scratch, stdin=subprocess.DEVNULL)
    stage.processes.append(process)
    try:
        return process.communicate(timeout=40)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise Verdict(False, "still running: %s" % last_line(process.communicate()[0])) from None


def class_path_row(id, title, missing, option, transport, said):
    @row(id, title)
    def _(stage):
        path = os.pathsep.join(str(jar) for jar in jars(stage) if not re.search(missing, jar.name))
        out = run_java(stage, *option, "-cp", path, "io.hydrasync.cli.Main", "relay", "--listen", "127.0.0.1:0",
                       "--transport", transport)
        lines = [x for x in out.splitlines() if x and not x.startswith("WARNING")]
        raise Verdict(len(lines) == 1 and said in out, "%d lines, %s" % (len(lines), lines[0][:200] if lines else ""))


class_path_row("F13.a", "no Netty that fits: one sentence", "netty-transport-4", [], "nio", "a relay needs Netty 4.2")
class_path_row("F13.b", "no native library: the cause is named", "linux-x86_64", [], "epoll", "is not on the class path")
class_path_row("F13.c", "one that cannot be unpacked: the cause is named", "^$", ["-Dio.netty.native.workdir=/proc"],
               "epoll", "cannot be loaded")

PROGRAM = """package program; import io.hydrasync.operator.*; import io.hydrasync.server.*; import java.net.*;
public class Main { public static void main(String[] args) throws Exception {
  try (HydraServer relay = HydraServer.bindDefault();
      OperatorHttp http = OperatorHttp.start(new InetSocketAddress("127.0.0.1", 0), relay.operator(), "1")) {
    URL url = URI.create("http://127.0.0.1:" + http.address().getPort() + "/metrics").toURL();
    try (var in = url.openConnection().getInputStream()) { System.out.println(new String(in.readAllBytes())); } } } }
"""


@row("F15.a", "a relay with metrics on the module path")
def _(stage):
    source, path = stage.path("source"), os.pathsep.join(str(jar) for jar in jars(stage) if "logback" not in jar.name)
    (source / "program").mkdir(parents=True)
    names = "io.hydrasync.operator", "hydra.operator"
    (source / "program/Main.java").write_text(PROGRAM)
    for name in names:                    # what it was called before it had a name
        (source / "module-info.java").write_text("module program { requires io.hydrasync.server; requires %s; }" % name)
        compiled = subprocess.run([str(java_home()[1] / "bin/javac"), "-nowarn", "-proc:none", "-d",
                                   str(stage.path("classes")), "-p", path, str(source / "module-info.java"),
                                   str(source / "program/Main.java")], capture_output=True, text=True)
        if compiled.returncode == 0:
            break
    else:
        raise Verdict(False, "cannot be compiled: %s" % last_line(compiled.stdout + compiled.stderr))
    out = run_java(stage, "-p", os.pathsep.join([str(stage.path("classes")), path]), "-m", "program/program.Main")
    failed = re.search(r"\S*Error\S*.*", out)
    raise Verdict("hydra_sessions 0.0" in out and not failed, failed[0] if failed else "metrics under %s" % name)


@row("F15.b", "the modules' names do not come from names of files")
def _(stage):
    wrong = []
    for jar in jars(stage):
        part = re.match(r"hydra-([a-z]+)", jar.name)
        said = part and run_java(stage, "-p", jar, "--describe-module", "io.hydrasync." + part[1])
        if part and not re.search(r"(?m)^io\.hydrasync\.%s(@| file:)" % part[1], said):
            wrong.append(part[1])
    raise Verdict(not wrong, "without: %s" % ", ".join(wrong) if wrong else "all five")


# ---------------------------------------------------------------- builds without tests

TEST = """package t; public class OneIT { @org.junit.jupiter.api.Test void runs() { System.out.println("IT HAS RUN"); } }"""


def skipped(stage, *options):
    """Whether a project with this build's configuration runs its system tests."""
    repository = pathlib.Path.home() / ".m2/repository"
    api = [p for p in repository.glob("org/junit/jupiter/junit-jupiter-api/*/*.jar")] + \
          [p for p in repository.glob("org/apiguardian/apiguardian-api/*/*.jar")]
    if not api:
        raise Verdict(None, "needs what Maven has downloaded for the tests")
    (stage.path("p") / "target/test-classes").mkdir(parents=True)
    (stage.path("p") / "OneIT.java").write_text(TEST)
    subprocess.run([str(java_home()[1] / "bin/javac"), "--release", "17", "-proc:none", "-cp",
                    os.pathsep.join(map(str, api)), "-d", "target/test-classes", "OneIT.java"], cwd=stage.path("p"),
                   check=True, capture_output=True)
    (stage.path("p") / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><parent><groupId>io.hydrasync</groupId><artifactId>hydra-sync"
        "</artifactId><version>0.1.0-SNAPSHOT</version><relativePath>%s</relativePath></parent><artifactId>p"
        "</artifactId></project>" % os.path.relpath(stage.checkout / "pom.xml", stage.path("p").resolve()))
    process = subprocess.Popen(["mvn", "-o", "-B", *options, "failsafe:integration-test@default",
                                "failsafe:verify@default"], cwd=stage.path("p"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    stage.processes.append(process)
    out = process.communicate()[0]
    raise Verdict("IT HAS RUN" not in out and "Tests are skipped" in out and process.returncode == 0,
                  "the system test has %srun; exit %d" % ("" if "IT HAS RUN" in out else "not ", process.returncode))


@row("F14.a", "mvn -DskipTests runs no system test")
def _(stage): skipped(stage, "-DskipTests")


@row("F14.b", "mvn -DskipTests=true, one test asked for")
def _(stage): skipped(stage, "-DskipTests=true", "-Dit.test=OneIT")
