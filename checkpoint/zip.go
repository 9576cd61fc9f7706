package checkpoint

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// readZip reads a PyTorch file or, if it has arrays instead, NumPy's.
func (f *File) readZip() error {
	z, err := zip.NewReader(f.src, f.src.size)
	if err != nil {
		return problem(ErrHeader, "not a whole zip archive: %v", err)
	}
	members := make(map[string]*zip.File, len(z.File))
	for _, m := range z.File {
		if members[m.Name] != nil {
			return problem(ErrHeader, "the archive has %.200q twice", m.Name)
		}
		members[m.Name] = m
	}
	for name := range members {
		// The folder is named after the file as it was saved.
		if dir, ok := strings.CutSuffix(name, "data.pkl"); ok && strings.Count(name, "/") <= 1 {
			return f.readTorchZip(members, dir)
		}
	}
	for name := range members {
		if strings.HasSuffix(name, ".npy") {
			return f.readNPZ(z.File)
		}
	}
	if len(members) == 0 { // NumPy writes no arrays so
		f.format = NPZ
		return nil
	}
	return problem(ErrHeader, "an archive with neither PyTorch's data.pkl nor NumPy arrays")
}

// readTorchZip reads the pickle that says what the file holds; storages are
// members of the archive, data/0 and so on.
func (f *File) readTorchZip(members map[string]*zip.File, dir string) error {
	if members[dir+"constants.pkl"] != nil {
		return problem(ErrCode, "it is a TorchScript program; in Python, save its state_dict()")
	}
	big, err := byteOrder(members[dir+"byteorder"])
	if err != nil {
		return err
	}
	t := &torchReader{storages: map[string]*storage{}, find: func(s *storage) error {
		m := members[dir+"data/"+s.key]
		if m == nil {
			return problem(ErrLayout, "storage %.50q is not in the archive", s.key)
		}
		s.big = big
		return s.within(m)
	}}
	pkl := members[dir+"data.pkl"]
	src, start, end := f.src, int64(0), int64(0)
	if pkl.Method == zip.Store {
		if start, err = pkl.DataOffset(); err != nil {
			return problem(ErrHeader, "%s: %v", pkl.Name, err)
		}
		end = start + int64(pkl.UncompressedSize64)
		if pkl.UncompressedSize64 > uint64(f.src.size) || end > f.src.size {
			return problem(ErrTruncated, "%s has %d bytes in a file of %d", pkl.Name, pkl.UncompressedSize64, f.src.size)
		}
	} else {
		b, err := unzip(pkl)
		if err != nil {
			return err
		}
		src, end = &source{ReaderAt: bytes.NewReader(b)}, int64(len(b))
	}
	root, err := next(t.reader(src, start, end))
	if err != nil {
		return err
	}
	return f.setObject(root)
}

// within sets the place of s in a member of an archive.
func (s *storage) within(m *zip.File) error {
	if m.UncompressedSize64 != uint64(s.size) {
		return problem(ErrLayout, "storage %.50q has %d bytes in the archive, want the %d of its type and length", s.key, m.UncompressedSize64, s.size)
	}
	return s.place(m)
}

// place says where the bytes of a member lie. Checksums are not compared:
// PyTorch can be told not to make any.
func (b *block) place(m *zip.File) error {
	if m.Method != zip.Store {
		b.at, b.unpack = -1, func() ([]byte, error) { return unzip(m) }
		return nil
	}
	at, err := m.DataOffset()
	if err != nil {
		return problem(ErrHeader, "%.200q: %v", m.Name, err)
	}
	if m.CompressedSize64 != m.UncompressedSize64 {
		return problem(ErrHeader, "%.200q is stored in %d bytes but has %d", m.Name, m.CompressedSize64, m.UncompressedSize64)
	}
	b.at = at
	return nil
}

// deflateRatio is more than deflate can reach: 1032 (zlib's technical notes).
const deflateRatio = 1100

// unzip reads a compressed member whole.
func unzip(m *zip.File) ([]byte, error) {
	if m.UncompressedSize64/deflateRatio > m.CompressedSize64 {
		return nil, problem(ErrHeader, "%.200q unpacks from %d bytes to %d, which cannot be", m.Name, m.CompressedSize64, m.UncompressedSize64)
	}
	r, err := m.Open()
	if err != nil {
		return nil, problem(ErrHeader, "%.200q: %v", m.Name, err)
	}
	defer r.Close()
	var b bytes.Buffer // grows with what is there, not with what is announced
	n, err := io.Copy(&b, io.LimitReader(r, int64(m.UncompressedSize64)+1))
	if err == nil && uint64(n) != m.UncompressedSize64 {
		err = fmt.Errorf("it unpacks to %d bytes, want %d", n, m.UncompressedSize64)
	}
	if err != nil {
		return nil, problem(ErrTruncated, "%.200q: %v", m.Name, err)
	}
	return b.Bytes(), nil
}

// byteOrder reads the member that says how numbers are stored.
func byteOrder(m *zip.File) (big bool, err error) {
	if m == nil {
		return false, nil // before PyTorch 2.1
	}
	if m.UncompressedSize64 > 100 {
		return false, problem(ErrHeader, "a byte order of %d bytes", m.UncompressedSize64)
	}
	b, err := unzip(m)
	if err != nil {
		return false, err
	}
	switch string(b) {
	case "little", "":
		return false, nil
	case "big":
		return true, nil
	}
	return false, problem(ErrHeader, "byte order %q, want little or big", b)
}
