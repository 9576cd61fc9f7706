package vulkan

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/vkshim"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// cooperativeSizes are tried in turn, as tileSizes are: rows, columns, places,
// subgroups down and across.
var cooperativeSizes = [][5]int{
	{128, 128, 32, 2, 4},
	{128, 128, 32, 2, 2},
	{64, 64, 32, 2, 2},
	{64, 64, 32, 1, 2},
	{32, 32, 32, 1, 1},
}

// cooperativeSize chooses the tile of a product of m by n; not ok if none fits
// the device.
func (d *device) cooperativeSize(t dtype.DType, m, n, matrices int) (size kernel.CooperativeSize, ok bool) {
	for i := range cooperativeSizes {
		s, fits := d.cooperativeTile(t, i)
		if !fits {
			continue
		}
		size, ok = s, true
		if ceil(m, s.Rows)*ceil(n, s.Columns)*matrices >= busy {
			break
		}
	}
	return size, ok
}

// fragment returns the size of the device's cooperative matrices of a type.
func (d *device) fragment(t dtype.DType) vkshim.Fragment {
	switch t {
	case dtype.Float16:
		return d.physical.Fragment
	case dtype.BFloat16:
		return d.physical.WideFragment
	}
	return vkshim.Fragment{}
}

// cooperativeTile returns size i; not ok if it does not fit the device.
func (d *device) cooperativeTile(t dtype.DType, i int) (s kernel.CooperativeSize, ok bool) {
	c, f := cooperativeSizes[i], d.fragment(t)
	s = kernel.CooperativeSize{Subgroup: d.limits.Subgroup, Rows: c[0], Columns: c[1], Deep: c[2], Down: c[3], Across: c[4], M: f.M, N: f.N, K: f.K}
	return s, s.Subgroup > 0 && f.M > 0 && s.Group() <= d.limits.Invocations && s.Shared() <= d.limits.SharedBytes && s.Fits()
}

// cooperative is tile by fragments that a subgroup multiplies together.
func (d *device) cooperative(p *product, size kernel.CooperativeSize) error {
	s := kernel.CooperativeSpec{
		CooperativeSize: size, Type: p.x.Type, Rolled: d.info.Kind == backend.Software,
		XKind: p.x.Kind, YKind: p.y.Kind, XAlong: p.x.along(), YAlong: p.y.along(),
	}
	return d.tiled(p, size.Rows, size.Columns, size.Deep, s.Key(), func() *kernel.Kernel { return kernel.Cooperative(s) })
}

// cooperation is what is known of a device's cooperative matrices, and of other
// things that drivers may list and not have.
type cooperation uint8

const (
	untried cooperation = iota
	proven
	wrong
)

// cooperates reports whether p is made of 16-bit floats, and the device has matrices
// for them that do what they should: some drivers list what they have not.
func (d *device) cooperates(p *product) bool {
	t := p.x.Type
	if p.y.Type != t || d.fragment(t).M == 0 {
		return false
	}
	known := &d.coop[0]
	if t == dtype.BFloat16 {
		known = &d.coop[1]
	}
	if *known == untried {
		*known = proven // while it is tried
		if err := d.tryCooperation(t); err != nil {
			*known = wrong
			slog.Warn("vulkan: cooperative matrices are not used", "device", d.info.Name, "of", t, "reason", err)
		}
	}
	return *known == proven
}

// tryCooperation multiplies small whole numbers, whose sums are exact, by tiles
// of each size that do not fit the matrices, in both orders that these have in
// memory.
func (d *device) tryCooperation(t dtype.DType) error {
	const m, n, places = 136, 200, 72
	at := func(side, line, place int) int { return (line*7+place*(3+2*side))%11 - 5 }
	x, err := d.whole(t, m*places, func(i int) int { return at(0, i/places, i%places) })
	if err != nil {
		return err
	}
	defer d.giveScratch(x)
	y, err := d.whole(t, n*places, func(i int) int { return at(1, i%n, i/n) })
	if err != nil {
		return err
	}
	defer d.giveScratch(y)
	z, err := d.scratch(4 * m * n)
	if err != nil {
		return err
	}
	defer d.giveScratch(z)
	view := func(b *buffer, t dtype.DType, size int) *backend.View {
		return &backend.View{Buffer: b, DType: t, View: shape.Contiguous([]int{size})}
	}
	left := side{kernel.Operand{Type: t, ByC: places, ByK: 1}, view(x, t, m*places), m, nil}
	right := side{kernel.Operand{Type: t, ByC: 1, ByK: n}, view(y, t, n*places), n, nil}
	for i := range cooperativeSizes {
		size, ok := d.cooperativeTile(t, i)
		if !ok {
			continue
		}
		for turned, p := range []*product{{x: left, y: right}, {x: right, y: left}} {
			p.places, p.out, p.byRow, p.inner = places, view(z, dtype.Float32, m*n), p.y.lines, p.y.lines
			if err := d.fill(p.out, -1); err != nil { // no result of the last turn
				return err
			}
			if err := d.cooperative(p, size); err != nil {
				return err
			}
			got := make([]byte, 4*m*n)
			if err := d.fetch(got, z, z.off); err != nil {
				return err
			}
			for r := range p.x.lines {
				for c := range p.y.lines {
					want := 0
					for k := range places {
						want += at(turned, r, k) * at(1-turned, c, k)
					}
					if g := math.Float32frombits(binary.NativeEndian.Uint32(got[4*(r*p.y.lines+c):])); g != float32(want) {
						return fmt.Errorf("element %d, %d of a product is %v, want %d, by tiles of %+v", r, c, g, want, size)
					}
				}
			}
		}
	}
	return nil
}

// whole returns scratch memory with n numbers from -5 to 5 in 16 bits.
func (d *device) whole(t dtype.DType, n int, f func(i int) int) (*buffer, error) {
	bits := [...]uint16{0xc500, 0xc400, 0xc200, 0xc000, 0xbc00, 0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500}
	if t == dtype.BFloat16 {
		bits = [...]uint16{0xc0a0, 0xc080, 0xc040, 0xc000, 0xbf80, 0, 0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0}
	}
	var l []byte
	for i := range n {
		l = binary.NativeEndian.AppendUint16(l, bits[f(i)+5])
	}
	b, err := d.scratch(int64(len(l)))
	if err == nil {
		err = d.write(b, b.off, l)
	}
	return b, err
}
