// Package checkpoint saves tensors to files and loads them: the safetensors
// format, which holds named tensors and text and no code.
//
// A file is the length of the header as 8 little-endian bytes, the header (a
// JSON object that gives each tensor's type, shape and place), and the
// elements, row-major and little-endian. See
// https://huggingface.co/docs/safetensors.
package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// MaxHeader is the largest header, in bytes, that is read or written: the limit
// of the format's first implementation.
const MaxHeader = 100_000_000

// A File is an open safetensors file whose header has been checked: every
// tensor lies where it says, and they fill the file. Elements are read when
// asked for. A File may be used by several goroutines.
type File struct {
	path     string
	r        io.ReaderAt
	close    func() error
	data     int64 // where the elements begin
	entries  map[string]*entry
	names    []string
	metadata map[string]string
}

// Meta describes a tensor of a file.
type Meta struct {
	Format string      // element type as the file names it, such as "F32"
	DType  dtype.DType // Invalid if there are no tensors of this type
	Shape  []int
	Offset int64 // of the first byte, from the start of the file
	Size   int64 // in bytes
}

// Open opens the safetensors file at path. Close it after use.
func Open(path string) (*File, error) {
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
	file, err := newFile(path, f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	file.close = f.Close
	return file, nil
}

// NewFile reads a safetensors file of size bytes from r, such as an embedded
// one.
func NewFile(r io.ReaderAt, size int64) (*File, error) { return newFile("", r, size) }

func newFile(path string, r io.ReaderAt, size int64) (*File, error) {
	f := &File{path: path, r: r, close: func() error { return nil }}
	if err := f.readHeader(size); err != nil {
		e, ok := err.(*Error)
		if !ok {
			e = &Error{Offset: -1, Err: err}
		}
		e.Path = path
		return nil, e
	}
	return f, nil
}

func (f *File) readHeader(size int64) error {
	var length [8]byte
	if size < int64(len(length)) {
		return problem(ErrTruncated, "%d bytes, want at least the 8 that hold the header's length", size)
	}
	if err := readAt(f.r, length[:], 0); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader {
		return &Error{Offset: 0, Err: problem(ErrHeader, "a header of %d bytes, want at most %d (is this a safetensors file?)", n, MaxHeader)}
	}
	if n > uint64(size)-8 {
		return problem(ErrTruncated, "a header of %d bytes in a file of %d", n, size)
	}
	header := make([]byte, n)
	if err := readAt(f.r, header, 8); err != nil {
		return err
	}
	f.data = 8 + int64(n)
	entries, metadata, err := parseHeader(header)
	if err != nil {
		if e, ok := err.(*Error); ok {
			e.Offset += 8
		}
		return err
	}
	if err := checkLayout(entries, size-f.data); err != nil {
		return err
	}
	f.metadata, f.entries = metadata, make(map[string]*entry, len(entries))
	for _, e := range entries {
		f.entries[e.name] = e
		f.names = append(f.names, e.name)
	}
	slices.Sort(f.names)
	return nil
}

// Close closes the file. Tensors read from it stay.
func (f *File) Close() error { return f.close() }

// Names returns the names of the tensors, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata returns the text stored along with the tensors, which may be empty.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Meta describes a tensor; ok tells whether there is one of that name.
func (f *File) Meta(name string) (m Meta, ok bool) {
	e := f.entries[name]
	if e == nil {
		return Meta{}, false
	}
	return Meta{Format: e.element.name, DType: e.dtype, Shape: e.sizes(), Offset: f.data + e.begin, Size: e.end - e.begin}, true
}

// Tensor reads a tensor to dev.
func (f *File) Tensor(dev backend.Device, name string) (*tensor.Tensor, error) {
	t, _, err := f.read(dev, name, nil)
	return t, err
}

// read is Tensor with scratch memory to use again.
func (f *File) read(dev backend.Device, name string, scratch []byte) (*tensor.Tensor, []byte, error) {
	e := f.entries[name]
	if e == nil {
		return nil, scratch, &Error{Path: f.path, Name: name, Offset: -1, Err: problem(ErrName, "not in the file, whose %d tensors are %s", len(f.names), some(f.names))}
	}
	fail := func(err error) (*tensor.Tensor, []byte, error) {
		return nil, scratch, &Error{Path: f.path, Name: name, Offset: f.data + e.begin, Err: err}
	}
	if e.dtype == dtype.Invalid {
		return fail(problem(ErrDType, "%s, want one of %s", e.element.name, formats()))
	}
	size := e.end - e.begin
	if size > math.MaxInt {
		return fail(problem(ErrLayout, "%d bytes are more than this machine can address", size))
	}
	b := slices.Grow(scratch[:0], int(size))[:size]
	if err := readAt(f.r, b, f.data+e.begin); err != nil {
		return fail(err)
	}
	swap(b, e.dtype.Size())
	if e.dtype == dtype.Bool {
		for i, x := range b {
			if x > 1 {
				return fail(problem(ErrLayout, "element %d of a BOOL tensor is byte %d, want 0 or 1", i, x))
			}
		}
	}
	var t *tensor.Tensor
	err := tensor.Try(func() error {
		t = tensor.FromBytes(dev, e.dtype, b, e.sizes()...)
		return nil
	})
	if err != nil {
		return fail(err)
	}
	return t, b, nil
}

// Load reads all tensors of the safetensors file at path to dev.
func Load(dev backend.Device, path string) (map[string]*tensor.Tensor, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := make(map[string]*tensor.Tensor, len(f.names))
	var scratch []byte
	for _, name := range f.names {
		var t *tensor.Tensor
		if t, scratch, err = f.read(dev, name, scratch); err != nil {
			for _, t := range all {
				t.Free()
			}
			return nil, err
		}
		all[name] = t
	}
	return all, nil
}

// readAt fills b or says what is missing: a file may shrink while it is open.
func readAt(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		return &Error{Offset: off, Err: problem(ErrTruncated, "read %d bytes, want %d", n, len(b))}
	}
	return &Error{Offset: off, Err: err}
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
