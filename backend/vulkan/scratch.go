package vulkan

// maxSpare is how many scratch pages are kept between calls.
const maxSpare = 8

// scratch returns memory for what a call needs on its way; giveScratch takes it
// back when the call is recorded. It may be handed out again at once, since
// commands that touch the same memory are kept in order.
func (d *device) scratch(bytes int64) (*buffer, error) {
	best := -1
	for i, p := range d.spare {
		if p.bytes >= bytes && (best < 0 || p.bytes < d.spare[best].bytes) {
			best = i
		}
	}
	if best >= 0 {
		p := d.spare[best]
		d.spare = append(d.spare[:best], d.spare[best+1:]...)
		return &buffer{page: p, n: bytes, whole: true}, nil
	}
	p, err := d.newPage(max(bytes, 64<<10))
	if err != nil {
		return nil, err
	}
	return &buffer{page: p, n: bytes, whole: true}, nil
}

func (d *device) giveScratch(b *buffer) {
	if d.vk == nil {
		return
	}
	d.spare = append(d.spare, b.page)
	if len(d.spare) > maxSpare {
		old := d.spare[0]
		d.spare = append(d.spare[:0], d.spare[1:]...)
		d.drop(old)
	}
}
