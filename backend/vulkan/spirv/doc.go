// Package spirv writes compute modules in SPIR-V, the language of Vulkan's
// drivers, without a compiler: a Module is filled by Go code that works with
// Values as if they were numbers, and Words returns it ready for a driver.
//
//	m := spirv.New(64, 2, 1) // invocations in a group, buffers, parameters
//	i := m.Invocation()
//	m.If(i.Less(m.Param(0)), func() { m.Store(1, i, m.Load(0, i)) })
//
// Only what every Vulkan 1.1 driver has is used, unless a Value of a wider type
// appears. Arithmetic on floats is never contracted, so that results are the
// same bits on every driver that keeps to IEEE 754.
package spirv
