# The training steps of `bench gpu` in PyTorch on a CUDA device: samples stay there, a step over some of them gathers
# them by index. Waits for one line of JSON per burst of steps and answers with one line, as step-torch.py does.
#
# The first line describes the task; "data" is a file of float32 numbers: inputs, targets, then every parameter.
import json
import sys
import time

import torch


def main():
    task = json.loads(sys.stdin.readline())
    if not torch.cuda.is_available():
        sys.exit("torch.cuda.is_available() says no")
    torch.backends.cuda.matmul.allow_tf32 = task["tf32"]
    n, omega = task["n"], task["omega"]
    with open(task["data"], "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    shapes = task["shapes"]
    sizes = [n * task["inputDim"], n * task["outputDim"]] + [torch.Size(shape).numel() for shape in shapes]
    inputs, targets, *values = (part.clone().cuda() for part in numbers.split(sizes))
    inputs = inputs.view(n, -1)
    targets = targets.view(n, -1)
    runs = {}

    def start():
        parameters = [torch.nn.Parameter(value.view(shape).clone()) for value, shape in zip(values, shapes)]
        return parameters, torch.optim.Adam(parameters, lr=task["learningRate"], fused=True)

    def step(parameters, adam, indices):
        x, y = inputs, targets
        if indices is not None:
            chosen = indices.cuda(non_blocking=True)
            x, y = x[chosen], y[chosen]
        layers = list(zip(parameters[0::2], parameters[1::2]))
        for weight, bias in layers[:-1]:
            x = torch.sin(omega * torch.nn.functional.linear(x, weight, bias))
        loss = torch.nn.functional.mse_loss(torch.nn.functional.linear(x, *layers[-1]), y)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        # A training loop looks at its loss, as the trainer's does.
        return loss.item()

    device = torch.cuda.get_device_name()
    print(json.dumps({"version": torch.__version__, "device": device}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        count = asked["count"]
        parameters, adam = runs.setdefault(count, start())
        # Every (n / count)th sample, as the benchmark itself takes them.
        indices = None if count == n else torch.arange(count, dtype=torch.int64) * (n // count)
        torch.cuda.synchronize()
        start_time = time.perf_counter()
        for _ in range(asked["steps"]):
            loss = step(parameters, adam, indices)
        torch.cuda.synchronize()
        ms = 1e3 * (time.perf_counter() - start_time) / asked["steps"]
        print(json.dumps({"ms": ms, "loss": loss}), flush=True)


main()
