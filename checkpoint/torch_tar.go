package checkpoint

import (
	"archive/tar"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hekla-ml/hekla/internal/pickle"
)

// A span is a part of the file.
type span struct{ start, end int64 }

// readTar reads what torch.save wrote before PyTorch 0.1.10: an archive of
// storages (a pickle of their number; for each a pickle of its key, device and
// type, the number of elements and the elements), tensors, which are not always
// there, and the pickle of the object.
func (f *File) readTar() error {
	parts, err := f.tarParts()
	if err != nil {
		return err
	}
	objects := map[string]any{}
	t := &torchReader{storages: map[string]*storage{}}
	t.lone = func(id any) (any, error) {
		if v, ok := objects[fmt.Sprint(id)]; ok {
			return v, nil
		}
		return nil, problem(ErrPickle, "a reference to %.50v, which is not in the file", id)
	}
	at, ok := parts["storages"]
	if !ok {
		return problem(ErrHeader, "an archive without PyTorch's member storages")
	}
	if err := t.tarStorages(t.reader(f.src, at.start, at.end), objects); err != nil {
		return err
	}
	if at, ok = parts["tensors"]; ok {
		if err := t.tarTensors(t.reader(f.src, at.start, at.end), objects); err != nil {
			return err
		}
	}
	if at, ok = parts["pickle"]; !ok {
		return problem(ErrHeader, "an archive without PyTorch's member pickle")
	}
	root, err := next(t.reader(f.src, at.start, at.end))
	if err != nil {
		return err
	}
	for _, s := range t.storages {
		if s.at < 0 {
			return problem(ErrLayout, "storage %.50q is not in the file", s.key)
		}
	}
	return f.setObject(root)
}

// tarParts finds the members of the archive.
func (f *File) tarParts() (map[string]span, error) {
	section := io.NewSectionReader(f.src, 0, f.src.size)
	r := tar.NewReader(section)
	parts := map[string]span{}
	for {
		h, err := r.Next()
		if err == io.EOF {
			return parts, nil
		}
		if err != nil {
			return nil, problem(ErrHeader, "not a whole tar archive: %v", err)
		}
		start, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if h.Size < 0 || h.Size > f.src.size-start {
			return nil, problem(ErrTruncated, "%.100q has %d bytes, the file only %d more", h.Name, h.Size, f.src.size-start)
		}
		if h.Typeflag == tar.TypeReg {
			parts[h.Name] = span{start, start + h.Size}
		}
	}
}

func (t *torchReader) tarStorages(r *pickle.Reader, objects map[string]any) error {
	return each(r, func(about pickle.Tuple) error {
		var typ storageType
		if len(about) != 3 || !as(about[2], &typ) {
			return badArgs("a storage", about)
		}
		s := &storage{key: fmt.Sprint(about[0]), block: block{element: typ.element, at: -1}}
		if t.storages[s.key] != nil {
			return problem(ErrLayout, "storage %.50q is there twice", s.key)
		}
		b, err := r.Bytes(8)
		if err != nil {
			return problem(ErrTruncated, "the file ends before storage %.50q", s.key)
		}
		n := binary.LittleEndian.Uint64(b)
		if n > 1<<56 {
			return problem(ErrLayout, "storage %.50q has %d elements", s.key, n)
		}
		s.size, s.at = int64(n)*typ.bits/8, r.Offset()
		if err := r.Skip(s.size); err != nil {
			return problem(ErrTruncated, "the file ends within storage %.50q of %d bytes", s.key, s.size)
		}
		t.storages[s.key] = s
		objects[s.key] = storagePart{storage: s, typ: typ}
		return nil
	})
}

func (t *torchReader) tarTensors(r *pickle.Reader, objects map[string]any) error {
	return each(r, func(about pickle.Tuple) error {
		if len(about) != 3 {
			return badArgs("a tensor", about)
		}
		p, ok := objects[fmt.Sprint(about[1])].(storagePart)
		if !ok {
			return problem(ErrLayout, "a tensor of storage %.50v, which is not in the file", about[1])
		}
		rank, err := r.Bytes(8) // 4 for the rank, 4 unused
		if err != nil {
			return problem(ErrTruncated, "the file ends within a tensor")
		}
		n := uint64(binary.LittleEndian.Uint32(rank))
		b, err := r.Bytes(16*n + 8)
		if err != nil {
			return problem(ErrTruncated, "the file ends within a tensor of %d axes", n)
		}
		numbers := make([]int64, 2*n+1)
		for i := range numbers {
			numbers[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
		x, err := newTorchTensor(p.typ.element, p.storage, numbers[2*n], numbers[:n], numbers[n:2*n])
		objects[fmt.Sprint(about[0])] = x
		return err
	})
}

// each reads a number and as many tuples with what follows each.
func each(r *pickle.Reader, read func(about pickle.Tuple) error) error {
	v, err := next(r)
	if err != nil {
		return err
	}
	n, ok := v.(int64)
	if !ok {
		return problem(ErrPickle, "the number of parts is a %s", pickle.Kind(v))
	}
	for range n {
		v, err := next(r)
		if err != nil {
			return err
		}
		about, ok := v.(pickle.Tuple)
		if !ok {
			return problem(ErrPickle, "a part is described by a %s, want a tuple", pickle.Kind(v))
		}
		if err := read(about); err != nil {
			return within("", "", r.Offset(), err)
		}
	}
	return nil
}
