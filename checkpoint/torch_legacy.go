package checkpoint

import (
	"encoding/binary"

	"github.com/hekla-ml/hekla/internal/pickle"
)

// readLegacy reads what torch.save wrote before PyTorch 1.6: five pickles (a
// magic number, the version, facts about the system, the object, the keys of
// the storages), then for each key the number of elements and the elements.
func (f *File) readLegacy() error {
	t := &torchReader{storages: map[string]*storage{}}
	r := t.reader(f.src, 0, f.src.size)
	var head [3]any
	for i := range head {
		v, err := next(r)
		if err != nil {
			return err
		}
		head[i] = v
	}
	if head[1] != int64(1001) {
		return problem(ErrHeader, "protocol version %v, want 1001", head[1])
	}
	big := false
	if d, ok := head[2].(*pickle.Dict); ok {
		little, _ := d.Get("little_endian")
		big = little == false
	}
	root, err := next(r)
	if err != nil {
		return err
	}
	list, err := next(r)
	if err != nil {
		return err
	}
	keys, ok := list.(*pickle.List)
	if !ok {
		return problem(ErrPickle, "the keys of the storages are a %s, want a list", pickle.Kind(list))
	}
	for _, k := range keys.Items {
		key, ok := k.(string)
		s := t.storages[key]
		if !ok || s == nil || s.at >= 0 {
			return problem(ErrLayout, "the file has a storage %.50v that is used by no tensor, or twice", k)
		}
		if err := s.here(r); err != nil {
			return err
		}
		s.big = big
	}
	for _, s := range t.storages {
		if s.at < 0 {
			return problem(ErrLayout, "storage %.50q is not in the file", s.key)
		}
	}
	return f.setObject(root)
}

// here sets the place of s, which follows in a legacy file, and skips it.
func (s *storage) here(r *pickle.Reader) error {
	at := r.Offset()
	b, err := r.Bytes(8)
	if err != nil {
		return &Error{Offset: at, Err: problem(ErrTruncated, "the file ends before storage %.50q", s.key)}
	}
	n := binary.LittleEndian.Uint64(b)
	if n > 1<<60 || int64(n)*s.bits/8 != s.size {
		return &Error{Offset: at, Err: problem(ErrLayout, "storage %.50q has %d elements, want %d", s.key, n, s.size*8/s.bits)}
	}
	s.at = r.Offset()
	if err := r.Skip(s.size); err != nil {
		return &Error{Offset: s.at, Err: problem(ErrTruncated, "the file ends within storage %.50q of %d bytes", s.key, s.size)}
	}
	return nil
}
