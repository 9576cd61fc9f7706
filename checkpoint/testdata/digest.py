# Prints a row of the table in torch_files_test.go for each file of PyTorch below a folder:
# path, tensors, elements, and FNV-1a of each tensor's name, type, shape and bytes.
# Usage: python3 digest.py FOLDER (with PyTorch)
import os, sys, torch


def walk(path, v, out):
    if isinstance(v, torch.Tensor):
        out[path] = v
    elif isinstance(v, (dict, list, tuple)):
        for k, x in v.items() if isinstance(v, dict) else enumerate(v):
            walk(f"{path}.{k}" if path else str(k), x, out)
    return out


def fnv(h, b):
    for c in b:
        h = ((h ^ c) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


for folder, _, files in sorted(os.walk(sys.argv[1])):
    for path in sorted(os.path.join(folder, f) for f in files if f.endswith(".pt")):
        try:
            tensors = walk("", torch.load(path, map_location="cpu"), {})
        except Exception as e:
            print("//", path, type(e).__name__)
            continue
        h, n = 0xCBF29CE484222325, 0
        for k in sorted(tensors, key=str.encode):
            t = tensors[k].detach().contiguous()
            n += t.numel()
            h = fnv(h, f"{k} {str(t.dtype)[6:]} {list(t.shape)} ".replace(",", "").encode())
            h = fnv(h, (t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy().tobytes())
        print('{"%s", %d, %d, 0x%016x},' % (os.path.relpath(path, sys.argv[1]), len(tensors), n, h))
