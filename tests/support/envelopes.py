"""The lines of a log in the envelopes of shippers and clouds, each without loss."""
import base64
import gzip
import itertools
import json

BATCH = 7
CRI_PART = 16_384  # bytes at which containerd and Docker cut a line


def batches(lines, size=BATCH):
    lines = iter(lines)
    while batch := list(itertools.islice(lines, size)):
        yield batch


def parts(text, size=CRI_PART):
    """In bytes as a runtime cuts it, but between characters."""
    data = text.encode()
    at = 0
    while at < len(data):
        end = min(at + size, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        yield data[at:end].decode()
        at = end


def cri(line):
    all_parts = list(parts(line))
    tags = ["P"] * (len(all_parts) - 1) + ["F"]
    return [f"2026-01-05T10:00:00.123456789Z stdout {tag} {part}" for tag, part in zip(tags, all_parts)]


def cri_interleaved(line):
    """klog of the same container comes between."""
    return list(itertools.chain.from_iterable(
        (part, "2026-01-05T10:00:00.2Z stderr F I0105 10:00:00.200000 1 httplog.go:132] \"HTTP\" verb=\"GET\"")
        for part in cri(line)))


def docker(line):
    return [json.dumps({"log": part, "stream": "stdout", "time": "2026-01-05T10:00:00.1Z"}, separators=(",", ":"),
                       ensure_ascii=False) for part in parts(line + "\n")]


def cloudwatch(batch):
    return {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/aws/eks/prod/cluster",
            "logStream": "kube-apiserver-audit-0", "subscriptionFilters": ["all"],
            "logEvents": [{"id": str(i), "timestamp": 1767607200000 + i, "message": line} for i, line in enumerate(batch)]}


def packed(value):
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def azure(batch):
    return {"records": [{"category": "kube-audit", "time": "2026-01-05T10:00:00Z",
                         "resourceId": "/SUBSCRIPTIONS/X/PROVIDERS/MICROSOFT.CONTAINERSERVICE/MANAGEDCLUSTERS/PROD",
                         "properties": {"log": line + "\n", "stream": "stdout", "pod": "kube-apiserver-0"}} for line in batch]}


def azure_mixed(batch):
    value = azure(batch)
    other = {"category": "cluster-autoscaler", "properties": {"log": "I0105 10:00:00.1 1 klogx.go:87] 0 pods\n"}}
    value["records"] = list(itertools.chain.from_iterable((record, other) for record in value["records"]))
    return value


def event_list(batch):
    return '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[' + ",".join(batch) + "]}"


def pretty(value, indent=2):
    return json.dumps(json.loads(value), indent=indent, ensure_ascii=False).split("\n")


def each(wrap):
    return lambda lines: [wrapped for line in lines for wrapped in wrap(line)]


def of_batches(wrap):
    return lambda lines: [wrap(batch) for batch in batches(lines)]


# name: (lines of the log -> lines of the file, the cluster that the envelope names)
ENVELOPES = {
    "eventlist": (of_batches(event_list), None),
    "eventlists-in-a-line": (lambda lines: ["".join(event_list(b) for b in batches(many)) for many in batches(lines, 100)], None),
    "eventlist-pretty": (lambda lines: [line for b in batches(lines) for line in pretty(event_list(b))], None),
    "pretty": (each(pretty), None),
    "array": (of_batches(lambda b: "[" + ",".join(b) + "]"), None),
    "array-of-lines": (lambda lines: ["["] + [line + "," for line in lines[:-1]] + [lines[-1], "]"], None),
    "array-pretty": (lambda lines: pretty("[" + ",".join(lines) + "]", 4), None),
    "several-in-a-line": (of_batches("".join), None),
    "cri": (each(cri), None),
    "cri-interleaved": (each(cri_interleaved), None),
    "docker": (each(docker), None),
    "cloudwatch": (of_batches(lambda b: json.dumps(cloudwatch(b))), "prod"),
    "cloudwatch-glued": (lambda lines: ["".join(json.dumps(cloudwatch(b)) for b in batches(many)) for many in batches(lines, 100)], "prod"),
    "cloudwatch-packed": (of_batches(lambda b: json.dumps({"awslogs": {"data": packed(cloudwatch(b))}})), "prod"),
    "cloudwatch-kinesis": (of_batches(lambda b: json.dumps({"Records": [{"kinesis": {"data": packed(cloudwatch(b))}}]})), "prod"),
    "cloudwatch-firehose": (of_batches(lambda b: json.dumps({"requestId": "x", "records": [{"data": packed(cloudwatch(b))}]})), "prod"),
    "cloudwatch-export": (each(lambda line: ["2026-01-05T10:00:00.123Z " + line]), None),
    "cloudwatch-filter": (lambda lines: pretty(json.dumps({"events": [
        {"logStreamName": "kube-apiserver-audit-0", "timestamp": 1, "message": line} for line in lines],
        "searchedLogStreams": []}), 4), None),
    "azure": (of_batches(lambda b: json.dumps(azure(b))), "prod"),
    "azure-mixed": (of_batches(lambda b: json.dumps(azure_mixed(b))), "prod"),
    "azure-blob": (each(lambda line: [json.dumps(azure([line])["records"][0])]), "prod"),
    "google": (each(lambda line: ['{"jsonPayload":' + line + ',"resource":{"labels":{"cluster_name":"prod"}}}']), "prod"),
    "fluent-bit": (each(lambda line: [json.dumps({"date": 1767607200.1, "log": line})]), None),
    "fluent-bit-cri": (each(lambda line: [json.dumps({"log": "2026-01-05T10:00:00.1Z stdout F " + line})]), None),
    "vector": (each(lambda line: [json.dumps({"file": "/a", "host": "h", "message": line, "source_type": "file"})]), None),
    "elastic": (each(lambda line: ['{"_index":"a","_source":' + line + "}"]), None),
    "elastic-message": (each(lambda line: [json.dumps({"@timestamp": "2026-01-05T10:00:00.1Z", "message": line,
                                                       "event": {"original": line, "dataset": "audit"}})]), None),
    "elastic-audit": (each(lambda line: ['{"@timestamp":"2026-01-05T10:00:00.1Z","kubernetes":{"audit":' + line + "}}"]), None),
    "splunk": (each(lambda line: ['{"event":' + line + ',"time":1}']), None),
    "loki": (of_batches(lambda b: json.dumps({"streams": [{"stream": {"job": "a"}, "values": [["1", line] for line in b]}]})), None),
    "gelf": (each(lambda line: [json.dumps({"version": "1.1", "host": "h", "short_message": line, "timestamp": 1767607200.1})]), None),
}
