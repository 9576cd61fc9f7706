package vision

// A raster turns polygons into coverage. It uses integers only, so that it
// draws the same on every machine.
type raster struct {
	w, h int
	// acc[y*(w+1)+x] is by how much the coverage of row y changes at column x,
	// in 1/65536 of a pixel. The extra column takes what lies to the right.
	acc []int32
}

// one is the size of a pixel in the units of the raster's coordinates.
const one = 256

func newRaster(w, h int) *raster { return &raster{w: w, h: h, acc: make([]int32, h*(w+1))} }

func (r *raster) clear() { clear(r.acc) }

// polygon adds the closed polygon of points x0, y0, x1, y1 ... What goes round
// one way is filled, holes go round the other way.
func (r *raster) polygon(p []int32) {
	n := len(p)
	x0, y0 := int(p[n-2]), int(p[n-1])
	for i := 0; i < n; i += 2 {
		x1, y1 := int(p[i]), int(p[i+1])
		r.line(x0, y0, x1, y1)
		x0, y0 = x1, y1
	}
}

// line adds one edge, row by row. The method, an accumulation buffer of signed
// areas, is that of https://medium.com/@raphlinus/inside-the-fastest-font-renderer-in-the-world-75ae5270c445.
func (r *raster) line(x0, y0, x1, y1 int) {
	if y0 == y1 {
		return
	}
	sign := 1
	if y0 > y1 {
		sign, x0, y0, x1, y1 = -1, x1, y1, x0, y0
	}
	dx, dy := x1-x0, y1-y0
	for y := max(y0, 0); y < min(y1, r.h*one); {
		next := min((y/one+1)*one, y1)
		xa, xb := x0+dx*(y-y0)/dy, x0+dx*(next-y0)/dy
		r.span(y/one, sign*(next-y), xa, xb)
		y = next
	}
}

// span adds the part of an edge within a row: height, signed, from xa to xb.
func (r *raster) span(row, height, xa, xb int) {
	if xa > xb {
		xa, xb = xb, xa
	}
	xa, xb = min(max(xa, 0), r.w*one), min(max(xb, 0), r.w*one)
	acc := r.acc[row*(r.w+1):][:r.w+1]
	total, width := height*one, xb-xa
	done := 0
	for x, from := xa/one, xa; ; x++ {
		to := min((x+1)*one, xb)
		part := total // what of the edge lies in this column
		if width > 0 {
			part = total*(to-xa)/width - done
		}
		done += part
		if x >= r.w {
			return // an edge beyond the right border covers nothing
		}
		// Of the pixel itself, what lies right of the edge is covered.
		left := part * ((from - x*one) + (to - x*one)) / (2 * one)
		acc[x] += int32(part - left)
		acc[x+1] += int32(left)
		if to == xb {
			return
		}
		from = to
	}
}

// coverage writes how much of each pixel is covered, 0 to 255.
func (r *raster) coverage(dst []byte) {
	for y := range r.h {
		sum := 0
		for x, a := range r.acc[y*(r.w+1):][:r.w] {
			sum += int(a)
			dst[y*r.w+x] = byte(min(max(sum, -sum)*255>>16, 255))
		}
	}
}
