package backend

import (
	"bytes"
	"errors"
	"testing"
)

// peer is a fake that takes bytes from other fakes, or says err.
type peer struct {
	fake
	err    error
	copies int
}

func (d *peer) CopyFrom(dst Buffer, dstOff int64, from Device, src Buffer, srcOff, n int64) error {
	if d.err != nil {
		return d.err
	}
	own, ok := BufferAs[*fakeBuffer](src)
	if !ok {
		return ErrUnsupported
	}
	d.copies++
	copy(dst.(*fakeBuffer).mem[dstOff:], own.mem[srcOff:][:n])
	return nil
}

// TestCopy: by the device, or by the host in pieces; an error of the device stays one.
func TestCopy(t *testing.T) {
	const n = hostCopy + 3
	bad := errors.New("bad")
	for _, c := range []struct {
		name   string
		err    error
		wrap   func(Device) Device
		copies int
		want   error
	}{
		{"plain", nil, func(d Device) Device { return d }, 1, nil},
		{"pool", nil, Pool, 1, nil},
		{"opened", nil, func(d Device) Device { return &shared{Device: Pool(d)} }, 1, nil},
		{"refused", ErrUnsupported, Pool, 0, nil},
		{"broken", bad, Pool, 0, bad},
		{"recorder", nil, func(d Device) Device { return Record(Pool(d)) }, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := &peer{fake: fake{name: "peer:0"}, err: c.err}
			from, dev := Pool(&fake{name: "peer:1"}), c.wrap(to)
			src, _ := from.Alloc(n + 1)
			dst, _ := dev.Alloc(n + 2)
			defer src.Free()
			defer dst.Free()
			mem := make([]byte, n+1)
			for i := range mem {
				mem[i] = byte(i ^ i>>8 ^ i>>16)
			}
			if err := from.Upload(src, 0, mem); err != nil {
				t.Fatal(err)
			}
			if err := Copy(dev, dst, 2, from, src, 1, n); !errors.Is(err, c.want) || to.copies != c.copies {
				t.Fatalf("%v, %d copies; want %v, %d", err, to.copies, c.want, c.copies)
			}
			got := make([]byte, n)
			if err := dev.Download(got, dst, 2); err != nil {
				t.Fatal(err)
			}
			if c.want == nil && !bytes.Equal(got, mem[1:]) {
				t.Error("other bytes arrived")
			}
			if Copy(dev, dst, 3, from, src, 0, n) == nil || Copy(dev, dst, 0, from, src, 2, n) == nil || Copy(dev, dst, 0, from, src, -1, n) == nil {
				t.Error("a copy out of bounds")
			}
			if err := Copy(dev, dst, n+2, from, src, 0, 0); err != nil {
				t.Error(err)
			}
		})
	}
	// Memory that was freed is an error on either side.
	to, from := Pool(&peer{}), Pool(&fake{})
	dst, _ := to.Alloc(8)
	src, _ := from.Alloc(8)
	src.Free()
	if err := Copy(to, dst, 0, from, src, 0, 8); !errors.Is(err, errFreed) {
		t.Error(err)
	}
	dst.Free()
	if err := Copy(to, dst, 0, from, src, 0, 8); !errors.Is(err, errFreed) {
		t.Error(err)
	}
}
