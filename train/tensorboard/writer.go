// Package tensorboard writes event files for TensorBoard: scalars, histograms,
// images and text over the steps of a training run.
//
//	w, err := tensorboard.New("runs/first")
//	...
//	err = w.Scalar("loss", step, loss)
//	...
//	err = w.Close()
//
// Then run "tensorboard --logdir runs".
package tensorboard

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A Writer appends events to a file of its own. It may be used by several
// goroutines.
type Writer struct {
	mu  sync.Mutex
	f   *os.File
	buf *bufio.Writer
	now func() time.Time
}

// New makes a new event file in a folder, which is made if it is not there.
// TensorBoard shows all files of a folder as one run.
func New(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	// TensorBoard looks for "tfevents" and sorts by name.
	name := fmt.Sprintf("events.out.tfevents.%010d.%s.%d", time.Now().Unix(), filepath.Base(host), time.Now().UnixNano()%1e9)
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	w := &Writer{f: f, buf: bufio.NewWriter(f), now: time.Now}
	var e message
	e.text(eventVersion, "brain.Event:2") // what every file begins with
	if err := w.event(0, e); err != nil {
		f.Close()
		return nil, err
	}
	return w, w.Flush()
}

// Fields of the messages, by TensorFlow's event.proto, summary.proto,
// tensor.proto and tensor_shape.proto.
const (
	eventTime, eventStep, eventVersion, eventSummary, eventSession = 1, 2, 3, 5, 7

	summaryValue                                                           = 1
	valueTag, valueScalar, valueImage, valueHisto, valueTensor, valueAbout = 1, 2, 4, 5, 8, 9
)

// event writes an event with a time and a step.
func (w *Writer) event(step int, rest message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var e message
	e.double(eventTime, float64(w.now().UnixNano())/1e9)
	e.varint(eventStep, uint64(step))
	if err := record(w.buf, append(e, rest...)); err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return nil
}

// castagnoli is the polynomial of the records' checksums.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// mask turns and shifts a checksum, so that data with checksums inside can be
// checked too.
func mask(sum uint32) uint32 { return (sum>>15 | sum<<17) + 0xa282ead8 }

// record writes data as TensorFlow's record files do: its length, a checksum of
// that, the data, a checksum.
func record(w io.Writer, data []byte) error {
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	head = binary.LittleEndian.AppendUint32(head, mask(crc32.Checksum(head, castagnoli)))
	tail := binary.LittleEndian.AppendUint32(nil, mask(crc32.Checksum(data, castagnoli)))
	for _, b := range [][]byte{head, data, tail} {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// value writes a summary of one value.
func (w *Writer) value(tag string, step int, rest message) error {
	var v, s, e message
	v.text(valueTag, tag)
	s.bytes(summaryValue, append(v, rest...))
	e.bytes(eventSummary, s)
	return w.event(step, e)
}

// Scalar adds a number to the curve of a tag, such as "loss" or "val/accuracy".
func (w *Writer) Scalar(tag string, step int, x float64) error {
	var v message
	v.float(valueScalar, float32(x))
	return w.value(tag, step, v)
}

// Histogram adds the distribution of numbers, such as a layer's weights. Those
// that are NaN or infinite are left out.
func (w *Writer) Histogram(tag string, step int, x []float64) error {
	var v message
	v.bytes(valueHisto, histogram(x))
	return w.value(tag, step, v)
}

// Image adds an image.
func (w *Writer) Image(tag string, step int, m image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return fmt.Errorf("tensorboard: image %q: %w", tag, err)
	}
	var p, v message
	p.varint(1, uint64(m.Bounds().Dy()))
	p.varint(2, uint64(m.Bounds().Dx()))
	p.varint(3, 4) // RGBA
	p.bytes(4, b.Bytes())
	v.bytes(valueImage, p)
	return w.value(tag, step, v)
}

// Text adds a text, which TensorBoard takes for Markdown.
func (w *Writer) Text(tag string, step int, text string) error {
	var plugin, about, size, shape, t, v message
	plugin.text(1, "text")
	about.bytes(1, plugin)
	size.varint(1, 1) // one text
	shape.bytes(2, size)
	t.varint(1, 7) // DT_STRING
	t.bytes(2, shape)
	t.text(8, text)
	v.bytes(valueTensor, t)
	v.bytes(valueAbout, about)
	return w.value(tag, step, v)
}

// Rewind says that the run goes on from a step: TensorBoard forgets what it has
// of later ones, which a run that crashed had written.
func (w *Writer) Rewind(step int) error {
	var s, e message
	s.varint(1, 1) // START
	e.bytes(eventSession, s)
	return w.event(step+1, e)
}

// Log adds scalars by their tags.
func (w *Writer) Log(step int, values map[string]float64) error {
	for _, tag := range sortedKeys(values) {
		if err := w.Scalar(tag, step, values[tag]); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes to the file what is still in memory.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.buf.Flush(); err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return nil
}

// Close flushes and closes the file.
func (w *Writer) Close() error {
	err := w.Flush()
	if e := w.f.Close(); err == nil && e != nil {
		err = fmt.Errorf("tensorboard: %w", e)
	}
	return err
}
