// Package blas calls NVIDIA's cuBLAS, which is found at run time like the driver.
// Nothing of Hekla needs it: products have kernels of our own.
package blas
