package checkpoint

import (
	"encoding/binary"
)

// MaxHeader is the largest header of a safetensors file, in bytes, that is read
// or written: the limit of the format's first implementation.
const MaxHeader = 100_000_000

// readHeader reads a safetensors file: the length of the header as 8
// little-endian bytes, the header (a JSON object that gives each tensor's type,
// shape and place), and the elements, row-major and little-endian. See
// https://huggingface.co/docs/safetensors.
func (f *File) readHeader(size int64) error {
	var length [8]byte
	if size < int64(len(length)) {
		return problem(ErrTruncated, "%d bytes, want at least the 8 that hold the header's length", size)
	}
	if err := readAt(f.src, length[:], 0); err != nil {
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
	if err := readAt(f.src, header, 8); err != nil {
		return err
	}
	data := 8 + int64(n)
	entries, metadata, err := parseHeader(header)
	if err != nil {
		if e, ok := err.(*Error); ok {
			e.Offset += 8
		}
		return err
	}
	if err := checkLayout(entries, size-data); err != nil {
		return err
	}
	f.metadata = metadata
	for _, e := range entries {
		f.items[e.name] = &block{element: e.element, shape: e.sizes(), at: data + e.begin, size: e.end - e.begin}
	}
	return nil
}
