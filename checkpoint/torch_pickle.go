package checkpoint

import (
	"errors"
	"strings"

	"github.com/hekla-ml/hekla/internal/pickle"
)

// A torchReader knows what the names in PyTorch's pickles stand for. There is
// no other way for a name to have a meaning: all others are refused.
type torchReader struct {
	storages map[string]*storage
	// find completes a storage that is referred to for the first time.
	find func(s *storage) error
	// lone says what a persistent id that is no tuple refers to; old files only.
	lone func(id any) (any, error)
}

// A callable is what a name stands for that makes something.
type callable func(t *torchReader, args pickle.Tuple) (any, error)

// callables lists all that a file may call, and none of it does anything but
// put data together.
var callables map[string]callable

func init() { // it refers to itself: what _rebuild_from_type_v2 calls is in it
	callables = map[string]callable{
		"collections.OrderedDict":                      newDict,
		"collections.Counter":                          newDict,
		"collections.defaultdict":                      newDefaultDict,
		"argparse.Namespace":                           newNamespace,
		"torch.Size":                                   newSize,
		"torch.device":                                 newDevice,
		"torch._utils._rebuild_tensor":                 rebuildTensor,
		"torch._utils._rebuild_tensor_v2":              rebuildTensor,
		"torch._utils._rebuild_tensor_v3":              rebuildTensorV3,
		"torch._utils._rebuild_parameter":              rebuildParameter,
		"torch._utils._rebuild_parameter_with_state":   rebuildParameter,
		"torch._tensor._rebuild_from_type_v2":          rebuildFromType,
		"torch._utils._rebuild_sparse_tensor":          noTensor("a sparse tensor"),
		"torch._utils._rebuild_sparse_csr_tensor":      noTensor("a sparse tensor"),
		"torch._utils._rebuild_qtensor":                noTensor("a quantized tensor"),
		"torch._utils._rebuild_meta_tensor_no_storage": noTensor("a tensor without elements, of the device meta"),
		"_codecs.encode":                               encodeLatin1,
		"numpy.core.multiarray.scalar":                 numpyScalar,
		"numpy._core.multiarray.scalar":                numpyScalar,
		"numpy.dtype":                                  newNumpyType,
	}
	for _, m := range []string{"builtins.", "__builtin__."} {
		callables[m+"set"], callables[m+"frozenset"] = newSet, newSet
	}
}

// inert are names of types that appear in data but make nothing here.
var inert = map[string]bool{
	"torch.Tensor": true, "torch.nn.parameter.Parameter": true,
	"int": true, "float": true, "str": true, "bool": true, "list": true, "dict": true, "tuple": true,
}

// A storageType is the name of a type of storages.
type storageType struct{ element }

func (t *torchReader) global(g pickle.Global) (any, error) {
	name := g.String()
	if f := callables[name]; f != nil {
		return f, nil
	}
	if g.Module == "builtins" || g.Module == "__builtin__" {
		name = g.Name
	}
	if inert[name] {
		return g, nil
	}
	if kind, ok := strings.CutSuffix(g.Name, "Tensor"); ok && g.Module == "torch" && storageTypes[kind+"Storage"] != "" {
		return g, nil
	}
	if g.Module == "torch" || g.Module == "torch.cuda" || g.Module == "torch.storage" {
		if e, ok := torchElement(storageTypes[g.Name]); ok {
			return storageType{e}, nil
		}
	}
	if g.Module == "torch" {
		if e, ok := torchElement(g.Name); ok {
			return e, nil
		}
	}
	return nil, refuse(g)
}

// refuse says why a name is no data.
func refuse(g pickle.Global) error {
	switch {
	case strings.HasPrefix(g.Module, "torch.nn.modules") || strings.HasPrefix(g.Module, "torchvision.models"):
		return problem(ErrCode, "it holds a whole module (%.100s), which only Python code can build; in Python, save its state_dict()", g)
	case strings.HasPrefix(g.Module, "__torch__"):
		return problem(ErrCode, "it is a TorchScript program (%.100s); in Python, save its state_dict()", g)
	}
	return problem(ErrCode, "it wants %.100q from Python, which is no data that this library knows", g.String())
}

func (t *torchReader) call(f any, args pickle.Tuple) (any, error) {
	if f, ok := f.(callable); ok {
		return f(t, args)
	}
	if g, ok := f.(pickle.Global); ok {
		return nil, refuse(g)
	}
	return nil, problem(ErrPickle, "it calls a %s", pickle.Kind(f))
}

// reader returns a Reader of the pickles in a source.
func (t *torchReader) reader(s *source, start, end int64) *pickle.Reader {
	r := pickle.NewReader(s, start, end)
	r.Global, r.Call, r.Build, r.Persistent = t.global, t.call, setState, t.persistent
	return r
}

// next reads a pickle and gives its errors a place and a kind.
func next(r *pickle.Reader) (any, error) {
	v, err := r.Next()
	if err == nil {
		return v, nil
	}
	var syntax *pickle.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, &Error{Offset: syntax.Offset, Err: problem(ErrPickle, "%v", err)}
	case errors.Is(err, pickle.ErrEnd):
		return nil, &Error{Offset: r.Offset(), Err: problem(ErrTruncated, "%v", err)}
	}
	return nil, within("", "", r.OpOffset(), err)
}

// persistent returns the storage that a persistent id names: a tuple of
// "storage", its type, a key, a device, the number of elements and, in legacy
// files, perhaps a part of another storage.
func (t *torchReader) persistent(id any) (any, error) {
	args, ok := id.(pickle.Tuple)
	if !ok && t.lone != nil {
		return t.lone(id)
	}
	if ok && len(args) >= 2 && args[0] == "module" {
		if g, ok := args[1].(pickle.Global); ok {
			return nil, refuse(g)
		}
	}
	var typ storageType
	var key string
	var numel int64
	if !ok || len(args) < 5 || args[0] != "storage" || !as(args[1], &typ) || !as(args[2], &key) || !as(args[4], &numel) {
		return nil, problem(ErrPickle, "a reference to something outside, want one to a storage")
	}
	if numel < 0 || numel > (1<<62)/typ.bits {
		return nil, problem(ErrLayout, "a storage of %d elements", numel)
	}
	s := &storage{key: key, block: block{element: typ.element, at: -1, size: numel * typ.bits / 8}}
	if old := t.storages[key]; old != nil {
		// An untyped storage counts bytes, so sizes are what must agree.
		if old.size != s.size {
			return nil, problem(ErrLayout, "storage %.50q has %d bytes here and %d elsewhere", key, s.size, old.size)
		}
		return t.part(old, typ, args)
	}
	t.storages[key] = s
	if t.find != nil {
		if err := t.find(s); err != nil {
			return nil, err
		}
	}
	return t.part(s, typ, args)
}

// A storagePart is a storage, or what a legacy file made a view of it.
type storagePart struct {
	*storage
	typ    storageType
	offset int64
}

func (t *torchReader) part(s *storage, typ storageType, args pickle.Tuple) (any, error) {
	p := storagePart{storage: s, typ: typ}
	if len(args) < 6 || args[5] == nil {
		return p, nil
	}
	var key string
	var size int64
	view, ok := args[5].(pickle.Tuple)
	if !ok || len(view) != 3 || !as(view[0], &key) || !as(view[1], &p.offset) || !as(view[2], &size) || p.offset < 0 {
		return nil, problem(ErrPickle, "the part of a storage that storage %.50q is", s.key)
	}
	// Tensors are checked against the whole.
	return p, nil
}

// as sets *to if v is a T.
func as[T any](v any, to *T) bool {
	x, ok := v.(T)
	if ok {
		*to = x
	}
	return ok
}
