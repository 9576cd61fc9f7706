package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/hekla-ml/hekla/tensor"
)

// Save writes tensors, and metadata if any, to the safetensors file at path.
// The file is replaced at once when all is written: whatever happens, path
// holds the old file or the new one. The same content always gives the same
// bytes.
func Save(path string, tensors map[string]*tensor.Tensor, metadata map[string]string) error {
	return saveFile(path, func(w io.Writer) error { return Write(w, tensors, metadata) })
}

// saveFile is replaceFile with errors that name the file.
func saveFile(path string, write func(w io.Writer) error) error {
	if err := replaceFile(path, write); err != nil {
		return within(path, "", -1, err)
	}
	return nil
}

// Write writes tensors, and metadata if any, to w in the safetensors format.
func Write(w io.Writer, tensors map[string]*tensor.Tensor, metadata map[string]string) error {
	names, err := saveOrder(tensors)
	if err != nil {
		return err
	}
	header, err := makeHeader(names, tensors, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	var scratch []byte
	for _, name := range names {
		t := tensors[name]
		var err error
		if scratch, err = elementsOf(t, scratch); err != nil {
			return &Error{Name: name, Offset: -1, Err: err}
		}
		if _, err := w.Write(scratch); err != nil {
			return err
		}
	}
	return nil
}

func size(t *tensor.Tensor) int { return t.Numel() * t.DType().Size() }

// saveOrder sorts as the format's first implementation does: large elements
// first, so that each is aligned, then by name.
func saveOrder(tensors map[string]*tensor.Tensor) ([]string, error) {
	names := make([]string, 0, len(tensors))
	for name, t := range tensors {
		var err error
		switch {
		case name == metadataKey:
			err = problem(ErrName, "the name is reserved for metadata")
		case !utf8.ValidString(name):
			err = problem(ErrName, "not UTF-8")
		case t == nil:
			err = fmt.Errorf("it is nil")
		case rank(t.DType()) < 0:
			err = problem(ErrDType, "%v", t.DType())
		}
		if err != nil {
			return nil, &Error{Name: name, Offset: -1, Err: err}
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(tensors[b].DType()), rank(tensors[a].DType())), cmp.Compare(a, b))
	})
	return names, nil
}

// makeHeader returns the length and the header, padded so that the elements
// begin at a multiple of 8 bytes.
func makeHeader(names []string, tensors map[string]*tensor.Tensor, metadata map[string]string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	value := func(v any) {
		_ = enc.Encode(v) // strings and integers cannot fail
		b.Truncate(b.Len() - 1)
	}
	b.Write(make([]byte, 8))
	b.WriteByte('{')
	if len(metadata) > 0 {
		for k, v := range metadata {
			if !utf8.ValidString(k) || !utf8.ValidString(v) {
				return nil, &Error{Offset: -1, Err: problem(ErrHeader, "metadata %.50q: %.50q is not UTF-8", k, v)}
			}
		}
		b.WriteString(`"` + metadataKey + `":`)
		value(metadata) // encoding/json sorts the keys of maps
	}
	at := 0
	for _, name := range names {
		t := tensors[name]
		if b.Len() > 9 {
			b.WriteByte(',')
		}
		value(name)
		b.WriteString(`:{"dtype":"` + elements[rank(t.DType())].name + `","shape":`)
		value(append([]int{}, t.Shape()...)) // [], not null, for a scalar
		if size(t) > math.MaxInt-at {
			return nil, &Error{Name: name, Offset: -1, Err: problem(ErrLayout, "the tensors have more bytes than can be counted")}
		}
		b.WriteString(`,"data_offsets":`)
		value([]int{at, at + size(t)})
		b.WriteByte('}')
		at += size(t)
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if n := b.Len() - 8; n > MaxHeader {
		return nil, &Error{Offset: -1, Err: problem(ErrHeader, "a header of %d bytes, want at most %d", n, MaxHeader)}
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-8))
	return b.Bytes(), nil
}

// elementsOf returns t's elements, little-endian, in scratch if they fit.
func elementsOf(t *tensor.Tensor, scratch []byte) ([]byte, error) {
	scratch = slices.Grow(scratch[:0], size(t))[:size(t)]
	err := tensor.Try(func() error {
		t.Read(scratch)
		return nil
	})
	swap(scratch, t.DType().Size())
	return scratch, err
}
