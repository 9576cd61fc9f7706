package tensorboard

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// A message is an encoded protocol buffer. See
// https://protobuf.dev/programming-guides/encoding.
type message []byte

// Wire types of fields.
const (
	wireVarint, wire64, wireBytes, wire32 = 0, 1, 2, 5
)

func (m *message) key(field, wire int) { *m = binary.AppendUvarint(*m, uint64(field<<3|wire)) }

func (m *message) varint(field int, x uint64) {
	m.key(field, wireVarint)
	*m = binary.AppendUvarint(*m, x)
}

func (m *message) double(field int, x float64) {
	m.key(field, wire64)
	*m = binary.LittleEndian.AppendUint64(*m, math.Float64bits(x))
}

func (m *message) float(field int, x float32) {
	m.key(field, wire32)
	*m = binary.LittleEndian.AppendUint32(*m, math.Float32bits(x))
}

func (m *message) bytes(field int, b []byte) {
	m.key(field, wireBytes)
	*m = append(binary.AppendUvarint(*m, uint64(len(b))), b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

func (m *message) doubles(field int, l []float64) {
	var b []byte
	for _, x := range l {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	m.bytes(field, b)
}

func sortedKeys(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }
