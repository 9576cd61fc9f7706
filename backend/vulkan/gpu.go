package vulkan

import "github.com/hekla-ml/hekla/backend/vulkan/vkshim"

// A gpu is what a device asks of the driver: a *vkshim.Device, but in tests of
// what happens when it fails.
type gpu interface {
	Timeline() bool
	Alloc(bytes int64, host bool) (vkshim.Memory, error)
	Free(vkshim.Memory)
	Compile(words []uint32, buffers int, constants []uint32) (vkshim.Pipeline, error)
	FreePipeline(vkshim.Pipeline)
	UseCache(data []byte) error
	CacheData() ([]byte, error)
	NewBatch(dispatches, buffers, stamps int) (*vkshim.Batch, error)
	FreeBatch(*vkshim.Batch)
	Submit(b *vkshim.Batch, stream []uint64, stamps int, number uint64) error
	Wait(b *vkshim.Batch, number, nanoseconds uint64) error
	Done() (uint64, error)
	Stamps(b *vkshim.Batch, to []uint64) error
	Fault() string
	Idle()
	Close()
}
