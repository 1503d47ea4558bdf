"""Plays the rows of the table against a checkout; see tests/bin/faults."""
import argparse, concurrent.futures, json, pathlib, re, signal, subprocess, sys, time
sys.dont_write_bytecode = True
import rows, stage
import beginning, streams, library, processes, network, memory, classic, shell  # noqa: F401: they add their rows

GRACE = 5
RUNNING = set()


def stop(*_):
    """Ends with what there is to clear up; a second signal does not disturb that."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def play(wanted, checkout):
    """One row, in a process of its own: the verdict as JSON on stdout."""
    found = next(r for r in rows.ROWS if r.id == wanted)
    scene = stage.Stage(checkout)
    signal.signal(signal.SIGTERM, stop)
    try:
        found.play(scene)
        verdict = stage.Verdict(False, "the row came to no verdict")
    except stage.Verdict as v:
        verdict = v
    except Exception as e:
        verdict = stage.Verdict(False, "%s: %s" % (type(e).__name__, e))
    finally:
        scene.close()
    print(json.dumps([verdict.held, verdict.seen]), flush=True)


def judged(found, checkout):
    """A row's verdict, whatever it does."""
    process = subprocess.Popen([sys.executable, __file__, "--play", found.id, str(checkout)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    RUNNING.add(process)
    try:
        out, err = process.communicate(timeout=found.limit)
        return json.loads(out.splitlines()[-1])
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return [False, "still blocked after %g s" % found.limit]
    except (IndexError, ValueError):
        return [False, "could not be played: %s" % stage.last_line(err)]
    finally:
        RUNNING.discard(process)


def build(checkout):
    """Builds what is not built; what has been built and edited since, ./hydra builds again by itself."""
    if not (checkout / "cli/target/lib").is_dir():
        print("building %s ..." % checkout, file=sys.stderr, flush=True)
        subprocess.run(["mvn", "-o", "-q", "-B", "-ntp", "package", "-Dmaven.test.skip=true", "-pl", "cli", "-am"],
                       cwd=checkout, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    subprocess.run([str(checkout / "hydra"), "--version"], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)


def main():
    ap = argparse.ArgumentParser(prog="faults", description="Plays faults against a checkout; one line a row.")
    ap.add_argument("checkout", nargs="?", default=stage.TOOL.parent, type=pathlib.Path, metavar="CHECKOUT")
    ap.add_argument("--only", default="", metavar="REGEX", help="rows whose id begins so")
    ap.add_argument("--jobs", type=int, default=4, metavar="N", help="rows at a time")
    ap.add_argument("--list", action="store_true", help="print the rows, play none")
    ap.add_argument("--play", help=argparse.SUPPRESS)
    args = ap.parse_args()
    checkout = args.checkout.resolve()
    if args.play:
        return play(args.play, checkout)
    chosen = [r for r in rows.ROWS if re.match(args.only, r.id)]
    if args.list:
        print("\n".join("%-7s %s" % (r.id, r.title) for r in chosen))
        return 0
    if not chosen:
        sys.exit("no such row; try --list")
    signal.signal(signal.SIGTERM, stop)
    began = time.monotonic()
    try:
        build(checkout)
        library.prepare(checkout)
    except (OSError, subprocess.CalledProcessError) as e:
        print("nothing can be played: %s" % e, file=sys.stderr)
        return 2
    return report(chosen, checkout, args.jobs, began)


def report(chosen, checkout, jobs, began):
    width, counts = max(len(r.title) for r in chosen), {True: 0, False: 0, None: 0}
    words = {True: "held ", False: "FAULT", None: "-    "}
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        for found, (held, seen) in zip(chosen, pool.map(lambda r: judged(r, checkout), chosen)):
            counts[held] += 1
            print("%-6s %-*s  %s %s" % (found.id, width, found.title, words[held], seen), flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(RUNNING):     # a signal has ended it: each row clears up after itself
            process.terminate()
        pool.shutdown()
        library.forget()
    print("%d rows: %d held, %d FAULT, %d not played; %.0f s" % (len(chosen), counts[True], counts[False], counts[None],
                                                                 time.monotonic() - began))
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
