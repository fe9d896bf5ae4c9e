#!/usr/bin/env python3
"""Cost of an event against how many users, rules and bytes of body there are, as figures and as a picture:

    curves.py REDSHANK [PICTURE.svg] [EVENTS]

Processor time an event of `replay`, the least of three runs, over the first figure of its curve. The logs are scaled from
the sample (make_logs.py), with EVENTS events (30,000)."""
import json
import pathlib
import sys
import tempfile

import make_logs
import replayed
import rules

RUNS = 3


def cost(binary, log, *options):
    """Microseconds of processor time an event."""
    every = (replayed.figures(binary, *options, log) for _ in range(RUNS))
    return min(now["cpu_seconds"] / now["events"] * 1e6 for now in every)


def write(path, events):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(make_logs.line_of(event) for event in events)
    return path


def of_users(count, events, different):
    for i, event in make_logs.repeated([event for event in events if event["user"].get("username")], count):
        event["user"] = {"username": f"user-{i % different:06}@example.com", "groups": ["staff", "system:authenticated"]}
        event.pop("impersonatedUser", None)
        yield event


def with_bodies(count, events, size):
    body = {"kind": "ConfigMap", "apiVersion": "v1", "data": {f"key-{i}": "x" * 100 for i in range(size // 110)}}
    for _, event in make_logs.repeated(events, count):
        if size:
            event.update(level="RequestResponse", responseObject=body)
        yield make_logs.in_order(event)


def curves(binary, events, count, folder):
    users = {n: cost(binary, write(folder / "log", of_users(count, events, n))) for n in (50, 500, 5000, count)}
    log = write(folder / "log", make_logs.steady(events, count))
    sets = {}
    for n in (10, 100, 1000):
        (folder / "rules.toml").write_text(rules.rules(n))
        (folder / "redshank.toml").write_text(f'[rules]\nfiles = ["{folder}/rules.toml"]\n')
        sets[n] = cost(binary, log, "--config", str(folder / "redshank.toml"))
    sizes = {n: cost(binary, write(folder / "log", with_bodies(count // 5, events, n))) for n in (0, 1000, 10_000, 50_000)}
    return {"users": users, "rules beside the pack": sets, "bytes of body": sizes}


def picture(all_curves):
    """An SVG: a panel for each curve, all with one scale."""
    wide, high, left, top, each = 250, 170, 46, 34, 300
    most = max(max(curve.values()) for curve in all_curves.values()) * 1.1
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {each * len(all_curves) + 20} {high + 84}" '
           'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>']
    for at, (name, curve) in enumerate(all_curves.items()):
        x0, y0 = left + at * each, top + high
        points = [(x0 + wide * i / (len(curve) - 1), y0 - high * value / most) for i, value in enumerate(curve.values())]
        out.append(f'<text x="{x0}" y="{top - 14}" font-weight="bold">{name}</text>')
        for i in range(5):
            y = y0 - high * i / 4
            out.append(f'<path d="M{x0} {y:.1f}h{wide}" stroke="#ddd"/><text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end" '
                       f'fill="#555">{most * i / 4:.0f}</text>')
        out.append('<polyline fill="none" stroke="#2563eb" stroke-width="2" points="' +
                   " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        for (x, y), (n, value) in zip(points, curve.items()):
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#2563eb"/><text x="{x:.1f}" y="{y - 8:.1f}" '
                       f'text-anchor="middle">{value:.1f}</text><text x="{x:.1f}" y="{y0 + 16}" text-anchor="middle" '
                       f'fill="#555">{n:,}</text>')
    out.append(f'<text x="{left}" y="{high + 76}" fill="#555">microseconds of processor time an event</text></svg>\n')
    return "\n".join(out)


def main(binary, svg=None, count="30000"):
    with open(make_logs.SAMPLE, encoding="utf-8") as sample:
        events = [json.loads(line) for line in sample]
    with tempfile.TemporaryDirectory() as folder:
        found = curves(binary, events, int(count), pathlib.Path(folder))
    for name, curve in found.items():
        first = next(iter(curve.values()))
        print(f"{name:22} " + "  ".join(f"{n:,}: {value:.2f} µs ({value / first:.2f})" for n, value in curve.items()))
    if svg:
        pathlib.Path(svg).write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
