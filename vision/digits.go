package vision

// side is the height and width of the images of Digits, those of MNIST.
const side = 28

// Digits draws n images of the digits 0 to 9, 28 by 28 pixels like those of
// MNIST: a dataset that needs no files and no network. Digits of several faces
// are placed, turned, scaled, slanted, bent, thickened and blurred at random;
// strokes cross them, and there is noise.
//
// The same seed always gives the same images, on every machine, and more of
// them begin with the same ones; all classes occur equally often. Use one seed
// for training and another for tests.
func Digits(n int, seed uint64) *Images {
	m := &Images{
		Pixels: make([]byte, n*side*side), Labels: make([]uint8, n), Classes: append([]string{}, digitNames...),
		Height: side, Width: side, Mean: digitsMean, Std: digitsStd,
	}
	p := newPen()
	var order [10]uint8
	for i := range n {
		if i%10 == 0 {
			order = deal(seed, i/10)
		}
		m.Labels[i] = order[i%10]
		p.rng = newRNG(seed, 2*uint64(i))
		p.draw(m.Pixels[i*side*side:][:side*side], int(m.Labels[i]))
	}
	return m
}

// deal returns the ten digits in random order.
func deal(seed uint64, block int) (order [10]uint8) {
	r := newRNG(seed, 2*uint64(block)+1)
	for i := range order {
		j := r.below(i + 1)
		order[i] = order[j]
		order[j] = uint8(i)
	}
	return order
}

// Statistics of Digits(60000, 0), for normalisation.
const (
	digitsMean = 0.1782
	digitsStd  = 0.2307
)

// A pen draws digits. It keeps its memory from one to the next.
type pen struct {
	rng
	raster       *raster
	points       []int32
	cover, stain []byte
}

func newPen() *pen {
	return &pen{raster: newRaster(side, side), cover: make([]byte, side*side), stain: make([]byte, side*side)}
}

// draw writes one image.
func (p *pen) draw(dst []byte, digit int) {
	p.digit(digit)
	p.raster.coverage(p.cover)
	for range p.below(3) {
		p.blur()
	}
	p.strokes()
	p.raster.coverage(p.stain)
	p.develop(dst)
}

// digit rasters the digit's outline, bent by a sine along each axis and then
// moved by an affine map. Lengths are fixed-point numbers: 1/256 of a pixel, and
// the units of digitOutlines.
func (p *pen) digit(digit int) {
	outline := digitOutlines[p.below(len(digitOutlines))][digit]

	height := p.between(15*one, 21*one)         // of the digit
	width := height * p.between(200, 300) / one // per unit of the outline's width
	angle := p.between(-2700, 2700)             // 17.6 degrees; a turn is 65536
	slant := p.between(-50, 50)                 // 1/256: x moves by this for each y
	cx := side*one/2 + p.between(-7*one/4, 7*one/4)
	cy := side*one/2 + p.between(-7*one/4, 7*one/4)
	bendX, bendY := p.between(-170, 170), p.between(-170, 170)
	waveX, waveY := p.between(10, 30), p.between(10, 30) // phase per unit
	phaseX, phaseY := p.below(65536), p.below(65536)
	cos, sin := sine(angle+16384), sine(angle)

	p.raster.clear()
	for _, contour := range outline {
		p.points = p.points[:0]
		for i := 0; i < len(contour); i += 2 {
			x, y := int(contour[i]), int(contour[i+1])
			x, y = x+bendX*sine(waveX*y+phaseX)>>15, y+bendY*sine(waveY*x+phaseY)>>15
			x += slant * y >> 8
			x, y = x*width>>11, y*height>>11 // half a digit is 1024 units
			p.points = append(p.points, int32(cx+(x*cos-y*sin)>>15), int32(cy+(x*sin+y*cos)>>15))
		}
		p.raster.polygon(p.points)
	}
}

// strokes rasters a few thin lines.
func (p *pen) strokes() {
	p.raster.clear()
	for range p.below(3) {
		x, y := p.between(0, side*one), p.between(0, side*one)
		length, angle := p.between(4*one, 14*one), p.below(65536)
		half := p.between(one/4, 3*one/4) // of the line's width
		cos, sin := sine(angle+16384), sine(angle)
		dx, dy := length*cos>>15, length*sin>>15
		nx, ny := -half*sin>>15, half*cos>>15
		p.points = append(p.points[:0],
			int32(x+nx), int32(y+ny), int32(x+dx+nx), int32(y+dy+ny),
			int32(x+dx-nx), int32(y+dy-ny), int32(x-nx), int32(y-ny))
		p.raster.polygon(p.points)
	}
}

// blur averages each pixel of the cover with its neighbours, weighted 1 2 1
// along each axis.
func (p *pen) blur() {
	for _, step := range []int{1, side} {
		for line := range side {
			at := line * side
			if step == side {
				at = line
			}
			prev := 0
			for range side - 1 {
				x := int(p.cover[at])
				p.cover[at] = byte((prev + 2*x + int(p.cover[at+step])) / 4)
				prev, at = x, at+step
			}
			p.cover[at] = byte((prev + 2*int(p.cover[at])) / 4)
		}
	}
}

// develop turns coverage into ink: the threshold thickens or thins strokes, the
// gain sharpens them, and noise is added to all.
func (p *pen) develop(dst []byte) {
	threshold, gain := p.between(5, 60), p.between(one, 3*one)
	ink, paper := p.between(150, 255), p.between(0, 40)
	stainInk := p.between(60, 180)
	noise := p.between(5, 40)
	var bits uint64
	for i := range dst {
		v := min(max((int(p.cover[i])-threshold)*gain/one, 0), 255) * ink / 255
		v = max(v, int(p.stain[i])*stainInk/255)
		v = paper + v*(255-paper)/255
		if i%8 == 0 {
			bits = p.next()
		}
		v += (int(bits&255) - 128) * noise / 128
		bits >>= 8
		dst[i] = byte(min(max(v, 0), 255))
	}
}

// sine returns the sine of a phase, of which 65536 make a turn, times 32768, by
// a parabola for each half: close enough, and exact arithmetic.
func sine(phase int) int {
	x := int(int16(phase))
	return x * (32768 - max(x, -x)) >> 13
}
