package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A font is as much of a TrueType file as simple glyphs need.
//
// https://learn.microsoft.com/en-us/typography/opentype/spec/glyf
type font struct {
	cmap, glyf, loca []byte
	long             bool // loca has offsets of 4 bytes
}

// A point of an outline in font units: on the curve, or a control point.
type point struct {
	x, y int
	on   bool
}

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func i16(b []byte, at int) int { return int(int16(u16(b, at))) }
func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

func parseFont(ttf []byte) (*font, error) {
	tables := map[string][]byte{}
	for i := range u16(ttf, 4) {
		record := ttf[12+16*i:]
		at, n := u32(record, 8), u32(record, 12)
		tables[string(record[:4])] = ttf[at : at+n]
	}
	for _, name := range []string{"cmap", "glyf", "loca", "head"} {
		if tables[name] == nil {
			return nil, fmt.Errorf("no table %q", name)
		}
	}
	f := &font{glyf: tables["glyf"], loca: tables["loca"], long: i16(tables["head"], 50) == 1}
	cmap := tables["cmap"]
	for i := range u16(cmap, 2) {
		if sub := cmap[u32(cmap, 8+8*i):]; u16(sub, 0) == 4 {
			f.cmap = sub
			return f, nil
		}
	}
	return nil, errors.New("no cmap of format 4")
}

// index returns the number of the glyph of r.
func (f *font) index(r rune) int {
	n := u16(f.cmap, 6) // twice the number of segments
	for s := 0; s < n; s += 2 {
		end, start := u16(f.cmap, 14+s), u16(f.cmap, 16+n+s)
		if int(r) > end || int(r) < start {
			continue
		}
		delta, offset := u16(f.cmap, 16+2*n+s), u16(f.cmap, 16+3*n+s)
		if offset == 0 {
			return (int(r) + delta) & 0xffff
		}
		g := u16(f.cmap, 16+3*n+s+offset+2*(int(r)-start))
		if g == 0 {
			return 0
		}
		return (g + delta) & 0xffff
	}
	return 0
}

// The flags of a point.
const (
	onCurve = 1 << iota
	xByte
	yByte
	repeat
	xSame // or positive, with xByte
	ySame
)

// glyph returns the contours of the glyph of r.
func (f *font) glyph(r rune) ([][]point, error) {
	g := f.index(r)
	if g == 0 {
		return nil, errors.New("no glyph")
	}
	var at int
	if f.long {
		at = u32(f.loca, 4*g)
	} else {
		at = 2 * u16(f.loca, 2*g)
	}
	b := f.glyf[at:]
	n := i16(b, 0)
	if n <= 0 {
		return nil, fmt.Errorf("%d contours: the glyph is empty or composite", n)
	}
	ends := b[10:]
	points := make([]point, u16(ends, 2*(n-1))+1)
	b = ends[2*n:]
	b = b[2+u16(b, 0):] // past the instructions

	flags := make([]byte, 0, len(points))
	for len(flags) < len(points) {
		flag, times := b[0], 1
		if b = b[1:]; flag&repeat != 0 {
			times, b = 1+int(b[0]), b[1:]
		}
		for range times {
			flags = append(flags, flag)
		}
	}
	coordinates := func(short, same byte, set func(p *point, v int)) {
		v := 0
		for i, flag := range flags {
			switch {
			case flag&short != 0:
				d := int(b[0])
				if b = b[1:]; flag&same == 0 {
					d = -d
				}
				v += d
			case flag&same == 0:
				v += i16(b, 0)
				b = b[2:]
			}
			set(&points[i], v)
		}
	}
	coordinates(xByte, xSame, func(p *point, v int) { p.x = v })
	coordinates(yByte, ySame, func(p *point, v int) { p.y = v })
	for i, flag := range flags {
		points[i].on = flag&onCurve != 0
	}
	contours, start := make([][]point, n), 0
	for i := range contours {
		end := u16(ends, 2*i) + 1
		contours[i], start = points[start:end], end
	}
	return contours, nil
}
