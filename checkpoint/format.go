package checkpoint

import (
	"bytes"
	"encoding/binary"
)

// A Format is a kind of file.
type Format string

// The formats that are read. All but TorchLegacy, TorchTar and
// SafetensorsIndex are written, too, by functions of their own.
const (
	Safetensors      Format = "safetensors"
	SafetensorsIndex Format = "safetensors index" // JSON that names the shards of a model; they may be of any format
	TorchZip         Format = "PyTorch zip"       // of PyTorch 1.6 and later
	TorchLegacy      Format = "PyTorch legacy"    // a row of pickles, before that
	TorchTar         Format = "PyTorch tar"       // before 0.1.10
	NPY              Format = "npy"               // a NumPy array; its name here is arr_0
	NPZ              Format = "npz"               // NumPy arrays by name
)

// legacyMagic is how the pickle of PyTorch's magic number begins, in protocol 2.
var legacyMagic = []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")

// sniff tells the format by how a file begins.
func sniff(s *source) (Format, error) {
	if s.size < 8 {
		return Safetensors, nil // and too short to be one
	}
	head := make([]byte, min(s.size, 512))
	if err := readAt(s, head, 0); err != nil {
		return "", err
	}
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case begins("PK\x03\x04") || begins("PK\x05\x06"):
		return TorchZip, nil // or NPZ, as the names inside tell
	case bytes.HasPrefix(head, legacyMagic):
		return TorchLegacy, nil
	case begins("\x93NUMPY"):
		return NPY, nil
	case len(head) == 512 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return TorchTar, nil
	// Where a safetensors file has a length this has text.
	case begins("{") && binary.LittleEndian.Uint64(head) > MaxHeader:
		return SafetensorsIndex, nil
	}
	return Safetensors, nil
}
