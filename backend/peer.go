package backend

import (
	"errors"
	"fmt"
)

// A PeerCopier is a device that takes bytes from another of its kind without the
// host.
//
// Wrappers that do not know it let the host copy: it is not looked for behind
// them. Copy is how callers use it.
type PeerCopier interface {
	// CopyFrom enqueues a copy of n bytes, from byte srcOff of src, a buffer of
	// from, to byte dstOff of dst. It takes its turn on both devices: it comes
	// after what was enqueued there, and what is enqueued later comes after it. An
	// error that Is ErrUnsupported means that nothing was copied: from is of
	// another kind, or the two have no way to each other.
	CopyFrom(dst Buffer, dstOff int64, from Device, src Buffer, srcOff, n int64) error
}

// hostCopy is how many bytes at a time go by way of the host.
const hostCopy = 32 << 20

// Copy copies n bytes, from byte srcOff of src, a buffer of from, to byte dstOff of
// dst, a buffer of to: directly if to is a PeerCopier that can, or by the host,
// which then waits for what produced them.
func Copy(to Device, dst Buffer, dstOff int64, from Device, src Buffer, srcOff, n int64) error {
	if n < 0 || dstOff < 0 || srcOff < 0 || n > dst.Len()-dstOff || n > src.Len()-srcOff {
		return fmt.Errorf("backend: copy of %d bytes, from offset %d of %d on %s to offset %d of %d on %s: out of bounds",
			n, srcOff, src.Len(), from.Info().Name, dstOff, dst.Len(), to.Info().Name)
	}
	if n == 0 {
		return nil
	}
	if p, ok := to.(PeerCopier); ok {
		if err := p.CopyFrom(dst, dstOff, from, src, srcOff, n); !errors.Is(err, ErrUnsupported) {
			return err
		}
	}
	piece := make([]byte, min(n, hostCopy))
	for done := int64(0); done < n; done += int64(len(piece)) {
		piece = piece[:min(n-done, hostCopy)]
		if err := from.Download(piece, src, srcOff+done); err != nil {
			return err
		}
		if err := to.Upload(dst, dstOff+done, piece); err != nil {
			return err
		}
	}
	return nil
}

func (s *shared) CopyFrom(dst Buffer, dstOff int64, from Device, src Buffer, srcOff, n int64) error {
	if p, ok := s.Device.(PeerCopier); ok {
		return p.CopyFrom(dst, dstOff, from, src, srcOff, n)
	}
	return ErrUnsupported
}

// CopyFrom hands the copy on, to the device's own buffer.
func (p *pool) CopyFrom(dst Buffer, dstOff int64, from Device, src Buffer, srcOff, n int64) error {
	dev, ok := p.dev.(PeerCopier)
	if !ok {
		return ErrUnsupported
	}
	own, err := p.own(dst)
	if err != nil {
		return fmt.Errorf("backend: %s: copy: %w", p.Info().Name, err)
	}
	return dev.CopyFrom(own, dstOff, from, src, srcOff, n)
}
