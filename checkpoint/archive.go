package checkpoint

import (
	"archive/zip"
	"hash/crc32"
	"io"
)

// An archive is a zip file of members that are stored as they are, so that they
// can be mapped to memory.
type archive struct {
	*zip.Writer
	out counter
}

// A counter knows how much was written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func newArchive(w io.Writer) *archive {
	a := &archive{out: counter{w: w}}
	a.Writer = zip.NewWriter(&a.out)
	return a
}

// utf8Names is the flag of a zip member that says how its name is written.
const utf8Names = 0x800

// add writes a member, whose content begins at a multiple of align if that is
// not 0.
func (a *archive) add(name string, align int, pieces ...[]byte) error {
	h := &zip.FileHeader{Name: name, Method: zip.Store, Flags: utf8Names}
	for _, p := range pieces {
		h.CRC32 = crc32.Update(h.CRC32, crc32.IEEETable, p)
		h.UncompressedSize64 += uint64(len(p))
	}
	h.CompressedSize64 = h.UncompressedSize64
	if align > 0 {
		if err := a.Flush(); err != nil {
			return err
		}
		// The header is 30 bytes and the name; padding is an extra field, of
		// the kind that PyTorch uses: "FB", a length, bytes of no meaning.
		at := int(a.out.n) + 30 + len(name) + 4
		pad := (align - at%align) % align
		h.Extra = append([]byte{'F', 'B', byte(pad), byte(pad >> 8)}, make([]byte, pad)...)
	}
	w, err := a.CreateRaw(h)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}
