# The PyTorch side of TestTorchInterop. Usage: python3 interop.py FOLDER
# Reads what Go wrote to FOLDER and prints a line for each tensor; writes files for Go to read,
# with the same lines in FOLDER/want.txt.
import os, sys, numpy, torch

folder = sys.argv[1]


def at(name):
    return os.path.join(folder, name)


def show(name, t):
    t = t.detach()
    kind = str(t.dtype).split(".")[-1]
    values = " ".join(repr(float(x)) for x in t.flatten().double())
    return f"{name} {kind} {list(t.shape)} {values}".replace(",", "").rstrip()


def walk(path, v):
    if isinstance(v, torch.Tensor):
        yield show(path, v)
    elif isinstance(v, (dict, list, tuple)):
        for k, x in v.items() if isinstance(v, dict) else enumerate(v):
            yield from walk(f"{path}.{k}" if path else str(k), x)
    else:
        yield f"{path} {v!r}"


for line in walk("", torch.load(at("go.pt"))):
    print("pt", line)
for line in walk("", torch.load(at("state.pt"), weights_only=True)):
    print("safe", line)
shared = torch.load(at("go.pt"))["state"]
shared["base"][0, 0] = 77
print("shared", float(shared["view"][0, 0]), float(shared["tied"][0, 0]), shared["base"].storage().data_ptr() % 64)
print("npy", show("arr_0", torch.from_numpy(numpy.load(at("go.npy"), allow_pickle=False))))
with numpy.load(at("go.npz"), allow_pickle=False) as z:
    for k in sorted(z.files):
        print("npz", show(k, torch.from_numpy(z[k])))

kinds = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64]
base = torch.arange(24.0).reshape(2, 3, 4)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
opt = torch.optim.Adam(model.parameters(), amsgrad=True)
model(torch.ones(2, 1, 5, 5)).sum().backward()
opt.step()
thing = {
    "kinds": {str(k)[6:]: torch.tensor([0, 1, 3, 1]).to(k) for k in kinds},
    "views": [base, base.transpose(0, 2), base[1], base[:, 1:, ::2], base[0, 0, 0], base[:0], base.expand(2, 2, 3, 4)],
    "model": model.state_dict(), "optimizer": opt.state_dict(), "parameter": torch.nn.Parameter(torch.ones(2)),
    "more": (1, -70000, 1 << 40, 2.5, None, True, "ä", [torch.Size([2, 3]), torch.float16, {"x"}], torch.device("cpu")),
    "best": numpy.float64(0.25),
}
torch.save(thing, at("new.pt"))
torch.save(thing, at("old.pt"), _use_new_zipfile_serialization=False)
with open(at("want.txt"), "w") as f:
    for line in walk("", {k: v for k, v in thing.items() if k not in ("more", "best")}):
        if "[" in line:
            f.write(line + "\n")
arrays = {k.replace(".", "_"): v.numpy() for k, v in thing["kinds"].items() if k != "bfloat16"}
arrays["fortran"] = numpy.asfortranarray(base.numpy())
arrays["big"] = base.numpy().astype(">f8")
arrays["scalar"] = numpy.int32(5)
numpy.savez(at("plain.npz"), **arrays)
numpy.savez_compressed(at("packed.npz"), **arrays)
numpy.save(at("one.npy"), arrays["fortran"])
with open(at("want_npz.txt"), "w") as f:
    for k in sorted(arrays):
        f.write(show(k, torch.from_numpy(numpy.asarray(arrays[k]).astype(numpy.asarray(arrays[k]).dtype.newbyteorder("=")))) + "\n")

# Training that goes on: three steps here, the state, three more.
algorithms = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), "Adam": lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True),
    "NAdam": lambda p: torch.optim.NAdam(p, lr=0.1, foreach=True),  # the other has a momentum too many in 1.13
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.1, momentum=0.9, centered=True),
    "ASGD": lambda p: torch.optim.ASGD(p, lr=0.1), "Rprop": lambda p: torch.optim.Rprop(p, lr=0.1),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1), "Adamax": lambda p: torch.optim.Adamax(p, lr=0.1),
}
x = torch.tensor([[1.0, 2.0], [-1.0, 0.5], [0.3, -0.7]], dtype=torch.float64)
runs = {}
for name, make in algorithms.items():
    net = torch.nn.Linear(2, 2).double()
    torch.nn.init.constant_(net.weight, 0.3)
    torch.nn.init.constant_(net.bias, 0.1)
    opt = make(net.parameters())
    run = {}
    for step in range(6):
        opt.zero_grad()
        (net(x) - 1).square().sum().backward()
        opt.step()
        if step == 2:
            run = {"model": {k: v.clone() for k, v in net.state_dict().items()}, "optimizer": opt.state_dict()}
            torch.save(run, at("tmp.pt"))
            run = torch.load(at("tmp.pt"))
    run["end"] = net.state_dict()
    runs[name] = run
torch.save(runs, at("runs.pt"))

# And the other way round: three steps there, as go_runs.pt has them, three more here.
algorithms |= {
    "AdamW": lambda p: torch.optim.AdamW(p), "RAdam": lambda p: torch.optim.RAdam(p), "Adadelta": lambda p: torch.optim.Adadelta(p),
    "plain SGD": lambda p: torch.optim.SGD(p, lr=9),
}
ends = {}
for name, run in torch.load(at("go_runs.pt")).items():
    net = torch.nn.Linear(2, 2).double()
    net.load_state_dict(run["model"])
    opt = algorithms[name](net.parameters())
    opt.load_state_dict(run["optimizer"])
    opt.param_groups[0]["foreach"] = name == "NAdam" or None  # see above
    for step in range(3):
        opt.zero_grad()
        (net(x) - 1).square().sum().backward()
        opt.step()
    ends[name] = net.state_dict()
torch.save(ends, at("ends.pt"))
