// Package checkpoint saves tensors to files and loads them: models, data, and
// all that a training run needs to go on after a crash.
//
//	state, err := checkpoint.Load(dev, "resnet18-f37072fd.pth")
//	err = nn.LoadStateDict(net, state, true)
//
// Open and Load recognise a file by its content: safetensors, also in shards
// with an index, PyTorch's .pt and .pth in all three forms, and NumPy's .npy
// and .npz. No file is ever run: of PyTorch's files, which are pickles, only
// data is read, and one that needs more is refused with an error that Is
// ErrCode.
package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A File is an open file of tensors whose structure has been checked: every
// tensor lies within it. Elements are read when asked for. A File may be used by
// several goroutines.
type File struct {
	path     string
	src      *source
	closed   atomic.Bool
	format   Format
	items    map[string]item
	names    []string // sorted
	metadata map[string]string
	object   any     // what a PyTorch file holds
	shards   []*File // of an index
	shard    bool    // named by an index
}

// An item is a tensor of a file.
type item interface {
	describe() Meta
	load(l *loader) (*tensor.Tensor, error)
}

// Meta describes a tensor of a file.
type Meta struct {
	Format string      // element type as the file names it, such as "F32"
	DType  dtype.DType // Invalid if there are no tensors of this type
	Shape  []int
	// Offset is that of the first byte, from the start of the file; -1 if the
	// file is compressed.
	Offset int64
	Size   int64 // in bytes
}

// Open opens the file at path. Close it after use.
func Open(path string) (*File, error) { return openFile(path, false) }

func openFile(path string, shard bool) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, &Error{Path: path, Offset: -1, Err: err}
	}
	return newFile(path, openSource(f, info.Size()), shard)
}

// NewFile reads a file of size bytes from r, such as an embedded one.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	return newFile("", &source{ReaderAt: r, size: size, close: func() error { return nil }}, false)
}

func newFile(path string, src *source, shard bool) (*File, error) {
	f := &File{path: path, src: src, shard: shard, items: map[string]item{}}
	if err := guard(f.read); err != nil {
		f.Close()
		return nil, within(path, "", -1, err)
	}
	f.names = slices.Sorted(maps.Keys(f.items))
	return f, nil
}

// read finds the format out and the tensors.
func (f *File) read() error {
	var err error
	if f.format, err = sniff(f.src); err != nil {
		return err
	}
	switch f.format {
	case TorchZip, NPZ:
		return f.readZip()
	case TorchLegacy:
		return f.readLegacy()
	case TorchTar:
		return f.readTar()
	case NPY:
		return f.readNPY()
	case SafetensorsIndex:
		return f.readIndex()
	}
	return f.readHeader(f.src.size)
}

// within completes an error with the file and the tensor it is about.
func within(path, name string, offset int64, err error) error {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Offset: offset, Err: err}
	}
	if e.Path == "" {
		e.Path = path
	}
	if e.Name == "" {
		e.Name = name
	}
	return e
}

// Close closes the file. Tensors read from it stay.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	err := f.src.close()
	for _, s := range f.shards {
		err = errors.Join(err, s.Close())
	}
	return err
}

// Format returns what kind of file it is.
func (f *File) Format() Format { return f.format }

// Names returns the names of the tensors, sorted. In a PyTorch file, whose
// dictionaries may lie in one another, a name is the keys on the way to the
// tensor, joined with dots: "model.fc.weight".
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata returns the text stored along with the tensors, which may be empty.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Meta describes a tensor; ok tells whether there is one of that name.
func (f *File) Meta(name string) (m Meta, ok bool) {
	i := f.items[name]
	if i == nil {
		return Meta{}, false
	}
	return i.describe(), true
}

// Tensor reads a tensor to dev.
func (f *File) Tensor(dev backend.Device, name string) (*tensor.Tensor, error) {
	return f.loader(dev).tensor(name)
}

func (l *loader) tensor(name string) (*tensor.Tensor, error) {
	f, i := l.file, l.file.items[name]
	if i == nil {
		return nil, &Error{Path: f.path, Name: name, Offset: -1, Err: problem(ErrName, "not in the file, whose %d tensors are %s", len(f.names), some(f.names))}
	}
	t, err := l.item(i)
	if err != nil {
		return nil, within(f.path, name, i.describe().Offset, err)
	}
	return t, nil
}

func (l *loader) item(i item) (t *tensor.Tensor, err error) {
	if l.file.closed.Load() {
		return nil, os.ErrClosed
	}
	m := i.describe()
	if m.DType == dtype.Invalid {
		return nil, problem(ErrDType, "%s, want one of %s", m.Format, formats())
	}
	if m.Size != int64(int(m.Size)) {
		return nil, problem(ErrLayout, "%d bytes are more than this machine can address", m.Size)
	}
	err = guard(func() error {
		return tensor.Try(func() error {
			t, err = i.load(l)
			return err
		})
	})
	if err == nil {
		err = l.check()
	}
	return t, err
}

// Tensors reads all tensors to dev. Those that share memory in a PyTorch file,
// as views and tied weights do, share it here.
func (f *File) Tensors(dev backend.Device) (map[string]*tensor.Tensor, error) {
	all := make(map[string]*tensor.Tensor, len(f.names))
	l := f.loader(dev)
	defer l.close()
	l.share()
	for _, name := range f.names {
		t, err := l.tensor(name)
		if err != nil {
			for _, t := range all {
				t.Free()
			}
			return nil, err
		}
		all[name] = t
	}
	return all, nil
}

// Load reads all tensors of the file at path to dev: see File.Tensors.
func Load(dev backend.Device, path string) (map[string]*tensor.Tensor, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Tensors(dev)
}

// Sub returns the tensors whose names begin with prefix and a dot, by what
// follows: of a training checkpoint those of the model, for one.
func Sub(tensors map[string]*tensor.Tensor, prefix string) map[string]*tensor.Tensor {
	sub := map[string]*tensor.Tensor{}
	for name, t := range tensors {
		if rest, ok := strings.CutPrefix(name, prefix+"."); ok {
			sub[rest] = t
		}
	}
	return sub
}

// some lists the first few names.
func some(names []string) string {
	if len(names) > 8 {
		return fmt.Sprintf("%q and %d more", names[:8], len(names)-8)
	}
	return fmt.Sprintf("%q", names)
}

func formats() string {
	var l []string
	for _, e := range elements {
		if e.dtype != dtype.Invalid {
			l = append(l, e.name)
		}
	}
	return strings.Join(l, " ")
}
