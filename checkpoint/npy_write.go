package checkpoint

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// SaveNPY writes a tensor to the NumPy file at path, which is replaced at once
// when all is written. There is no type for bfloat16 in NumPy; convert it.
func SaveNPY(path string, t *tensor.Tensor) error {
	return saveFile(path, func(w io.Writer) error { return WriteNPY(w, t) })
}

// WriteNPY writes a tensor to w in NumPy's npy format.
func WriteNPY(w io.Writer, t *tensor.Tensor) error {
	head, data, err := npyBytes(t, nil)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// SaveNPZ writes tensors by name to the NumPy archive at path, not compressed,
// for numpy.load and Load. The file is replaced at once when all is written.
func SaveNPZ(path string, tensors map[string]*tensor.Tensor) error {
	return saveFile(path, func(w io.Writer) error { return WriteNPZ(w, tensors) })
}

// WriteNPZ writes tensors by name to w in NumPy's npz format.
func WriteNPZ(w io.Writer, tensors map[string]*tensor.Tensor) error {
	z := newArchive(w)
	var scratch []byte
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		head, data, err := npyBytes(tensors[name], scratch)
		if err != nil {
			return within("", name, -1, err)
		}
		if err := z.add(name+".npy", 0, head, data); err != nil {
			return err
		}
		scratch = data
	}
	return z.Close()
}

// npyBytes returns an array's header and its elements, in scratch if it fits.
func npyBytes(t *tensor.Tensor, scratch []byte) (head, data []byte, err error) {
	if t == nil {
		return nil, nil, fmt.Errorf("it is nil")
	}
	code := map[dtype.DType]string{
		dtype.Bool: "|b1", dtype.Uint8: "|u1", dtype.Int8: "|i1", dtype.Int16: "<i2", dtype.Int32: "<i4", dtype.Int64: "<i8",
		dtype.Float16: "<f2", dtype.Float32: "<f4", dtype.Float64: "<f8",
	}[t.DType()]
	if code == "" {
		return nil, nil, problem(ErrDType, "%v, of which NumPy has no arrays; convert it with To", t.DType())
	}
	var sizes strings.Builder
	for _, n := range t.Shape() {
		fmt.Fprintf(&sizes, "%d,", n) // (3,) has a comma of need, (3, 4,) may
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", code, sizes.String())
	// Elements begin at a multiple of 64, and a newline is what comes before.
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	head = append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8))
	data, err = elementsOf(t, scratch)
	return append(head, text...), data, err
}
