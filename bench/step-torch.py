# The training step of `bench step` in PyTorch, eager. Waits for one line of JSON per step, takes the step, answers
# with one line: so it can take turns with others, and sleeps while they work.
#
# The first line describes the task; "data" is a file of float32 numbers: inputs, targets, then every parameter.
import json
import re
import sys
import time

import torch


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    n, omega = task["n"], task["omega"]
    with open(task["data"], "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    sizes = [n * task["inputDim"], n * task["outputDim"]]
    shapes = [parameter["shape"] for parameter in task["parameters"]]
    sizes += [torch.Size(shape).numel() for shape in shapes]
    inputs, targets, *values = (part.clone() for part in numbers.split(sizes))
    inputs = inputs.view(n, -1)
    targets = targets.view(n, -1)
    parameters = [torch.nn.Parameter(value.view(shape)) for value, shape in zip(values, shapes)]
    adam = torch.optim.Adam(parameters, lr=task["learningRate"])

    def predict(h, form):
        layers = list(zip(parameters[0::2], parameters[1::2]))
        for weight, bias in layers[:-1]:
            if form == "published":
                h = torch.sin(omega * torch.nn.functional.linear(h, weight, bias))
            else:
                # Scaling the small weights in place of the large activations saves two passes over the latter.
                h = torch.sin(torch.nn.functional.linear(h, omega * weight, omega * bias))
        return torch.nn.functional.linear(h, *layers[-1])

    def step(form, chunk):
        adam.zero_grad(set_to_none=True)
        total = 0.0
        for start in range(0, n, chunk):
            prediction = predict(inputs[start : start + chunk], form)
            squares = torch.nn.functional.mse_loss(prediction, targets[start : start + chunk], reduction="sum")
            loss = squares / targets.numel()
            loss.backward()
            total += loss.item()
        adam.step()
        return total

    answer({"version": torch.__version__, "blas": blas(), "threads": torch.get_num_threads()})
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.perf_counter()
        loss = step(asked["form"], asked["chunk"] or n)
        answer({"ms": 1e3 * (time.perf_counter() - start), "loss": loss})


def blas():
    """The library behind the matrix products, with its version where torch tells it."""
    text = torch.__config__.show()
    mkl = re.search(r"Math Kernel Library Version (\S+?)-Product", text)
    if mkl and torch.backends.mkl.is_available():
        return "MKL " + mkl.group(1)
    info = re.search(r"BLAS_INFO=(\w+)", text)
    return info.group(1) if info else "unknown BLAS"


def answer(message):
    print(json.dumps(message), flush=True)


main()
