// Package chart draws plots as SVG, to be put into a page of HTML: no scripts,
// and colours by classes, so that the page's style decides on them.
package chart

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// A Series is a line, or points if it has no line.
type Series struct {
	Name   string
	X, Y   []float64
	Labels []string // of the points: shown when the pointer is on them
	Line   bool
	Class  int // number of the colour
}

// A Plot has logarithmic axes, base 10, or base 2 for X. All numbers must be
// above 0; others are left out.
type Plot struct {
	Title, XName, YName string
	XBase2              bool
	Series              []Series
}

// size of the drawing, in its own units; the page scales it.
const (
	width, height            = 640, 380
	left, right, top, bottom = 64, 16, 40, 52
)

// SVG draws the plot. It is empty if there is nothing to draw.
func (p *Plot) SVG() string {
	x, y := newScale(p.XBase2), newScale(false)
	for _, s := range p.Series {
		for i := range s.X {
			if s.X[i] > 0 && s.Y[i] > 0 {
				x.include(s.X[i])
				y.include(s.Y[i])
			}
		}
	}
	if x.lo > x.hi {
		return ""
	}
	x.round(0.02)
	y.round(0.06)
	d := &drawing{x: x, y: y}
	d.printf(`<svg class="plot" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, height, html.EscapeString(p.Title))
	d.printf(`<text class="title" x="%d" y="20">%s</text>`, left, html.EscapeString(p.Title))
	d.axes(p)
	for _, s := range p.Series {
		d.series(s)
	}
	d.legend(p.Series)
	d.printf("</svg>\n")
	return d.b.String()
}

// A scale maps logarithms to the drawing.
type scale struct {
	base   float64
	lo, hi float64 // logarithms
}

func newScale(two bool) scale {
	base := 10.0
	if two {
		base = 2
	}
	return scale{base, math.Inf(1), math.Inf(-1)}
}

func (s *scale) log(v float64) float64 { return math.Log(v) / math.Log(s.base) }

func (s *scale) include(v float64) {
	s.lo, s.hi = min(s.lo, s.log(v)), max(s.hi, s.log(v))
}

// round widens the range a little, and to one step of the axis at least.
func (s *scale) round(margin float64) {
	if s.hi-s.lo < 1 {
		mid := (s.lo + s.hi) / 2
		s.lo, s.hi = mid-0.5, mid+0.5
	}
	d := (s.hi - s.lo) * margin
	s.lo, s.hi = s.lo-d, s.hi+d
}

// at is the place of v from 0 to 1.
func (s *scale) at(v float64) float64 { return (s.log(v) - s.lo) / (s.hi - s.lo) }

// ticks are powers of the base, a dozen at the most.
func (s *scale) ticks() []float64 {
	first, last := math.Ceil(s.lo), math.Floor(s.hi)
	step := math.Max(1, math.Ceil((last-first)/11))
	var l []float64
	for e := first; e <= last; e += step {
		l = append(l, math.Pow(s.base, e))
	}
	if len(l) < 2 && s.base == 10 { // less than a decade
		for _, m := range []float64{2, 5, 20, 50} {
			if v := m * math.Pow(10, math.Floor(s.lo)); s.at(v) > 0 && s.at(v) < 1 {
				l = append(l, v)
			}
		}
	}
	return l
}

type drawing struct {
	b    strings.Builder
	x, y scale
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

func (d *drawing) px(v float64) float64 { return left + d.x.at(v)*(width-left-right) }
func (d *drawing) py(v float64) float64 { return height - bottom - d.y.at(v)*(height-top-bottom) }

func (d *drawing) axes(p *Plot) {
	for _, v := range d.x.ticks() {
		x := d.px(v)
		d.printf(`<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>`,
			x, top, x, height-bottom, x, height-bottom+18, d.x.number(v))
	}
	for _, v := range d.y.ticks() {
		y := d.py(v)
		d.printf(`<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text class="tick" x="%d" y="%.1f" text-anchor="end">%s</text>`,
			left, y, width-right, y, left-8, y+4, d.y.number(v))
	}
	d.printf(`<path class="axis" d="M%d %dV%dH%d"/>`, left, top, height-bottom, width-right)
	d.printf(`<text class="name" x="%d" y="%d" text-anchor="middle">%s</text>`, (left+width-right)/2, height-10, html.EscapeString(p.XName))
	d.printf(`<text class="name" transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>`, (top+height-bottom)/2, html.EscapeString(p.YName))
}

func (d *drawing) series(s Series) {
	if s.Line {
		d.printf(`<path class="line c%d" d="`, s.Class)
		pen := 'M'
		for i := range s.X {
			if s.X[i] > 0 && s.Y[i] > 0 {
				d.printf("%c%.1f %.1f", pen, d.px(s.X[i]), d.py(s.Y[i]))
				pen = 'L'
			}
		}
		d.printf(`"/>`)
	}
	if s.Line && s.Labels == nil {
		return
	}
	for i := range s.X {
		if s.X[i] <= 0 || s.Y[i] <= 0 {
			continue
		}
		label := ""
		if i < len(s.Labels) {
			label = "<title>" + html.EscapeString(s.Labels[i]) + "</title>"
		}
		d.printf(`<circle class="dot c%d" cx="%.1f" cy="%.1f" r="4">%s</circle>`, s.Class, d.px(s.X[i]), d.py(s.Y[i]), label)
	}
}

// legend is one line under the title, of the series that have a name.
func (d *drawing) legend(series []Series) {
	x := float64(width - right)
	for i := len(series) - 1; i >= 0; i-- {
		s := series[i]
		if s.Name == "" {
			continue
		}
		x -= 7.2*float64(len(s.Name)) + 22
		d.printf(`<circle class="dot c%d" cx="%.1f" cy="15" r="4"/><text class="tick" x="%.1f" y="19">%s</text>`, s.Class, x+6, x+14, html.EscapeString(s.Name))
	}
}

// number is short: 0.01, 500, 20k, 16M; powers of two count thousands by 1024.
func (s *scale) number(v float64) string {
	k, from := 1e3, 1e4
	if s.base == 2 {
		k, from = 1024, 1<<14
	}
	for _, unit := range []string{"", "k", "M", "G"} {
		if v < from || unit == "G" {
			return fmt.Sprintf("%.4g", v) + unit
		}
		v, from = v/k, k
	}
	return ""
}
