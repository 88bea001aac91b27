# The training steps of `bench gpu` in PyTorch on a CUDA device: samples stay there, a step over some of them gathers
# them by index. Waits for one line of JSON per burst of steps and answers with one line, as step-torch.py does.
#
# The first line describes the task; "data" is a file of float32 numbers: inputs, targets, then every network's parameters.
import json
import os
import sys
import time

import torch

DEVICE = os.environ.get("EVOS_BENCH_TORCH_DEVICE", "cuda")


class Siren:
    """Sine layers as published: weights and biases in turn."""

    def __init__(self, task):
        self.omega = task["omega"]

    def __call__(self, parameters, x):
        layers = list(zip(parameters[0::2], parameters[1::2]))
        for weight, bias in layers[:-1]:
            x = torch.sin(self.omega * torch.nn.functional.linear(x, weight, bias))
        return torch.nn.functional.linear(x, *layers[-1])


class HashGrid:
    """All levels at once, in tensors [samples, levels, corners]; then ReLU layers, of which the last one has a bias."""

    def __init__(self, task):
        layout = task["layout"]
        levels, self.dims = layout["levels"], layout["dims"]

        def column(name, dtype):
            return torch.tensor([level[name] for level in levels], dtype=dtype, device=DEVICE)[:, None]

        self.scale = column("scale", torch.float32)
        self.first = column("first", torch.int64)
        self.hashed = column("hashed", torch.bool)
        self.mask = column("rows", torch.int64) - 1
        side = column("side", torch.int64)
        primes = [torch.full_like(side, prime) for prime in task["primes"]]
        self.factors = [torch.where(self.hashed, primes[axis], side**axis) for axis in range(self.dims)]
        corners = torch.arange(2**self.dims, device=DEVICE)
        self.upper = [(corners >> axis) & 1 for axis in range(self.dims)]

    def look_up(self, table, x):
        place = ((x + 1) * 0.5).clamp(0, 1)[:, None, :] * self.scale + 0.5
        lower = place.floor()
        fraction, cell = place - lower, lower.long()
        total, hashed, weights = 0, 0, 1
        for axis, (factor, upper) in enumerate(zip(self.factors, self.upper)):
            part = (cell[:, :, axis, None] + upper) * factor
            total, hashed = total + part, hashed ^ part
            near = fraction[:, :, axis, None]
            weights = weights * torch.where(upper == 1, near, 1 - near)
        rows = torch.where(self.hashed, hashed & self.mask, total) + self.first
        return (table[rows] * weights[..., None]).sum(2).flatten(1)

    def __call__(self, parameters, x):
        table, *weights, last, bias = parameters
        x = self.look_up(table, x)
        for weight in weights:
            x = torch.relu(torch.nn.functional.linear(x, weight))
        return torch.nn.functional.linear(x, last, bias)


KINDS = {"siren": Siren, "hash-grid": HashGrid}


class Network:
    """One network's way of taking steps; each combination of settings begins at the given parameters."""

    def __init__(self, task, values):
        self.task = task
        self.values = values
        self.predict = KINDS[task["kind"]](task)
        self.runs = {}

    def start(self, compiled):
        parameters = [
            torch.nn.Parameter(value.view(shape).clone()) for value, shape in zip(self.values, self.task["shapes"])
        ]
        beta1, beta2, epsilon = (self.task[name] for name in ("beta1", "beta2", "epsilon"))
        adam = torch.optim.Adam(
            parameters, lr=self.task["learningRate"], betas=(beta1, beta2), eps=epsilon, fused=DEVICE == "cuda"
        )

        def loss_of(x, y):
            return torch.nn.functional.mse_loss(self.predict(parameters, x), y)

        return adam, torch.compile(loss_of, dynamic=False) if compiled else loss_of


def main():
    task = json.loads(sys.stdin.readline())
    if DEVICE == "cuda" and not torch.cuda.is_available():
        sys.exit("torch.cuda.is_available() says no")
    n = task["n"]
    with open(task["data"], "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    shapes = [shape for network in task["networks"] for shape in network["shapes"]]
    sizes = [n * task["inputDim"], n * task["outputDim"]] + [torch.Size(shape).numel() for shape in shapes]
    inputs, targets, *values = (part.clone().to(DEVICE) for part in numbers.split(sizes))
    inputs = inputs.view(n, -1)
    targets = targets.view(n, -1)
    networks = []
    for network in task["networks"]:
        count = len(network["shapes"])
        networks.append(Network(network, values[:count]))
        values = values[count:]

    def wait():
        if DEVICE == "cuda":
            torch.cuda.synchronize()

    def burst(network, count, steps, compiled):
        key = (count, compiled, torch.backends.cuda.matmul.allow_tf32)
        if key not in network.runs:
            network.runs[key] = network.start(compiled)
        adam, loss_of = network.runs[key]
        # Every (n / count)th sample, as the benchmark itself takes them.
        indices = None if count == n else torch.arange(count, dtype=torch.int64) * (n // count)
        wait()
        start_time = time.perf_counter()
        for _ in range(steps):
            x, y = inputs, targets
            if indices is not None:
                chosen = indices.to(DEVICE, non_blocking=True)
                x, y = x[chosen], y[chosen]
            loss = loss_of(x, y)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            # A training loop looks at its loss, as the trainer's does.
            last = loss.item()
        wait()
        return {"ms": 1e3 * (time.perf_counter() - start_time) / steps, "loss": last}

    device = torch.cuda.get_device_name() if DEVICE == "cuda" else DEVICE
    print(json.dumps({"version": torch.__version__, "device": device}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        torch.backends.cuda.matmul.allow_tf32 = asked["tf32"]
        try:
            answer = burst(networks[asked["network"]], asked["count"], asked["steps"], asked["compiled"])
        except Exception as failure:  # What cannot be compiled here is told, and left out.
            answer = {"error": str(failure).strip().split("\n")[0]}
        print(json.dumps(answer), flush=True)


main()
