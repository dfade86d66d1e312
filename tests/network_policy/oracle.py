"""What network policies let through, by brute force.

Reads a JSON list of cases and writes a list of answers. A case that leaves facts open is tried in
every world that could be: each choice of missing labels, of addresses at the edges of all blocks, and
of what networks do with pods on the host's network and with blocks that hold pods. In one world a
side permits a set of ports. An answer says what was seen over all worlds.
"""

import ipaddress
import itertools
import json
import sys

NAME = "kubernetes.io/metadata.name"
OTHER = "a value that nobody mentions"


def holds(selector, labels):
    wanted = [(key, "In", [value]) for key, value in (selector.get("matchLabels") or {}).items()]
    for it in selector.get("matchExpressions") or []:
        wanted.append((it["key"], it["operator"], it.get("values") or []))
    meaning = {
        "In": lambda key, values: labels.get(key) in values,
        "NotIn": lambda key, values: labels.get(key) not in values,
        "Exists": lambda key, values: key in labels,
        "DoesNotExist": lambda key, values: key not in labels,
    }
    return all(meaning[operator](key, values) for key, operator, values in wanted)


def directions(spec):
    if spec.get("policyTypes"):
        return set(spec["policyTypes"])
    return {"Ingress", "Egress"} if spec.get("egress") else {"Ingress"}


def rules(spec, direction):
    return spec.get(direction.lower()) or []


def peers(rule, direction):
    return rule.get("from" if direction == "Ingress" else "to") or []


def mentioned(policies, field):
    """The keys and values that selectors mention: of pods, or of namespaces."""
    found = {}

    def visit(node):
        if isinstance(node, list):
            for it in node:
                visit(it)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == field and value is not None:
                    for label, wanted in (value.get("matchLabels") or {}).items():
                        found.setdefault(label, set()).add(wanted)
                    for it in value.get("matchExpressions") or []:
                        found.setdefault(it["key"], set()).update(it.get("values") or [])
                visit(value)

    visit(policies)
    return found


def blocks(policies):
    for policy in policies:
        for direction in ("Ingress", "Egress"):
            for rule in rules(policy["spec"], direction):
                for peer in peers(rule, direction):
                    block = peer.get("ipBlock")
                    if block:
                        yield from [block["cidr"], *(block.get("except") or [])]


def edges(texts):
    """Addresses on both sides of every edge of blocks, so that any two others behave like one of them."""
    found = set()
    for text in texts:
        network = ipaddress.ip_network(text, strict=False)
        kind = type(network.network_address)
        for number in (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1):
            if 0 <= number < 2**network.max_prefixlen:
                found.add(kind(number))
    return found


def choices(labels, is_open, known):
    """Every set of labels that could be."""
    missing = sorted(key for key in known if key not in labels) if is_open else []
    values = [[None, OTHER, *sorted(known[key])] for key in missing]
    for chosen in itertools.product(*values):
        extra = {key: value for key, value in zip(missing, chosen) if value is not None}
        yield {**labels, **extra}


def ends(end, other, case, is_receiver):
    """What an end could be: a pod, a pod that is its node, or an address."""
    policies = case["policies"]
    corners = edges([*blocks(policies), "0.0.0.0/0", "::/0"])
    if "outside" in end:
        for address in corners:
            yield {"address": address}
        return
    if "block" in end:
        network = ipaddress.ip_network(end["block"], strict=False)
        inside = {it for it in corners if it in network}
        for address in sorted(inside | {network[0], network[-1]}):
            yield {"address": address}
        return
    pod = end["pod"]
    described = pod["namespace"] in case["namespaces"]
    of_namespace = {**case["namespaces"].get(pod["namespace"], {}), NAME: pod["namespace"]}
    # Only policies of another pod could hold its address against it.
    may_be_in_block = "pod" in other and any(True for _ in blocks(policies))
    addresses = [None, *corners] if may_be_in_block else [None]
    ports = [pod["ports"]]
    if is_receiver and pod["others"]:
        # The names of a pod's ports are unique, so only these may stand for more.
        taken = {name for name, _, _ in pod["ports"]}
        for name, number in itertools.product({"web", "admin"} - taken, {case["first"], case["last"], 1}):
            ports.append(pod["ports"] + [[name, case["protocol"], number]])
    for labels in choices(pod["labels"], pod["others"], mentioned(policies, "podSelector")):
        for namespace in choices(of_namespace, not described, mentioned(policies, "namespaceSelector")):
            for address, named in itertools.product(addresses, ports):
                yield {
                    "namespace": pod["namespace"],
                    "namespace_labels": namespace,
                    "labels": labels,
                    "ports": named,
                    "address": address,
                }
    if pod["host"]:
        yield {"node": True, "same": True}
        for address in corners:
            yield {"node": True, "same": False, "address": address, "ports": pod["ports"]}


def is_pod(end):
    return "labels" in end


def meets(peer, end, policy):
    if peer.get("ipBlock"):
        address = end.get("address")
        if address is None:
            return False
        block = peer["ipBlock"]
        within = lambda text: address in ipaddress.ip_network(text, strict=False)
        return within(block["cidr"]) and not any(map(within, block.get("except") or []))
    if not is_pod(end):
        return False
    if peer.get("namespaceSelector") is not None:
        if not holds(peer["namespaceSelector"], end["namespace_labels"]):
            return False
    elif end["namespace"] != policy["namespace"]:
        return False
    return peer.get("podSelector") is None or holds(peer["podSelector"], end["labels"])


def numbers(entry, receiver, protocol, asked):
    """The ports of an entry of a rule, among those that are asked for."""
    if (entry.get("protocol") or "TCP") != protocol:
        return set()
    port = entry.get("port")
    if port is None:
        return asked
    if isinstance(port, str):
        named = receiver.get("ports") or []
        return asked & {number for name, of, number in named if (name, of) == (port, protocol)}
    return {it for it in asked if port <= it <= (entry.get("endPort") or port)}


def side(direction, own, other, receiver, case, asked):
    """The policies that select an end, and the ports that it permits among those that are asked for."""
    if not is_pod(own):
        return [], asked
    selecting = [
        policy
        for policy in case["policies"]
        if policy["namespace"] == own["namespace"]
        and direction in directions(policy["spec"])
        and holds(policy["spec"].get("podSelector") or {}, own["labels"])
    ]
    if not selecting:
        return [], asked
    permitted = set()
    for policy in selecting:
        for rule in rules(policy["spec"], direction):
            named = peers(rule, direction)
            if named and not any(meets(peer, other, policy) for peer in named):
                continue
            ports = rule.get("ports") or []
            if not ports:
                return [it["name"] for it in selecting], asked
            for entry in ports:
                permitted |= numbers(entry, receiver, case["protocol"], asked)
    return [it["name"] for it in selecting], permitted


def judge(case):
    asked = set(range(case["first"], case["last"] + 1))
    worlds = 0
    # For each: the ports that always pass, and the ports that ever pass.
    always = {"Egress": set(asked), "Ingress": set(asked), "through": set(asked)}
    ever = {"Egress": set(), "Ingress": set(), "through": set()}
    selecting = {"Egress": None, "Ingress": None}
    senders = list(ends(case["from"], case["to"], case, False))
    receivers = list(ends(case["to"], case["from"], case, True))
    for sender, receiver in itertools.product(senders, receivers):
        worlds += 1
        seen = {}
        for direction, own, other in (("Egress", sender, receiver), ("Ingress", receiver, sender)):
            names, ports = side(direction, own, other, receiver, case, asked)
            if sender.get("same") or receiver.get("same"):
                ports = asked
            seen[direction] = ports
            before = selecting[direction]
            selecting[direction] = set(names) if before is None else before & set(names)
        seen["through"] = seen["Egress"] & seen["Ingress"]
        for key, ports in seen.items():
            always[key] &= ports
            ever[key] |= ports
    return {
        "worlds": worlds,
        "always": {key: sorted(ports) for key, ports in always.items()},
        "ever": {key: sorted(ports) for key, ports in ever.items()},
        "selecting": {key: sorted(names) for key, names in selecting.items()},
    }


json.dump([judge(case) for case in json.load(sys.stdin)], sys.stdout)
