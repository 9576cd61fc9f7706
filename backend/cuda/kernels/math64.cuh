// Functions of float64.
#pragma once

#include "hekla.cuh"

// power returns e**x for x <= 0. (Cephes, exp.)
INLINE double power(double x) {
	if (!(x > -745.2)) return x == x ? 0 : x;
	double n = (x * 1.4426950408889634 + 6755399441055744.) - 6755399441055744.;
	double r = __builtin_fma(n, -6.93145751953125e-1, x);
	r = __builtin_fma(n, -1.42860682030941723212e-6, r);
	double z = r * r, p = 1.26177193074810590878e-4;
	p = __builtin_fma(p, z, 3.02994407707441961300e-2);
	p = __builtin_fma(p, z, 9.99999999999999999910e-1) * r;
	double q = 3.00198505138664455042e-6;
	q = __builtin_fma(q, z, 2.52448340349684104192e-3);
	q = __builtin_fma(q, z, 2.27265548208155028766e-1);
	q = __builtin_fma(q, z, 2);
	double y = 1 + 2 * (p / (q - p));
	int k = int(n), half = k >> 1;
	return y * __builtin_bit_cast(double, i64(half + 1023) << 52) * __builtin_bit_cast(double, i64(k - half + 1023) << 52);
}

// logarithm returns the natural one of x >= 1. (Cephes, log.)
INLINE double logarithm(double x) {
	if (!(x < __builtin_inf())) return x;
	i64 b = __builtin_bit_cast(i64, x);
	int e = int(b >> 52) - 1022;
	double m = __builtin_bit_cast(double, (b & 0xfffffffffffffll) | 1022ll << 52);
	if (m < 0.70710678118654752440) {
		e--;
		m += m;
	}
	m -= 1;
	double z = m * m, p = 1.01875663804580931796e-4, q = m + 1.12873587189167450590e1;
	p = __builtin_fma(p, m, 4.97494994976747001425e-1);
	p = __builtin_fma(p, m, 4.70579119878881725854e0);
	p = __builtin_fma(p, m, 1.44989225341610930846e1);
	p = __builtin_fma(p, m, 1.79368678507819816313e1);
	p = __builtin_fma(p, m, 7.70838733755885391666e0);
	q = __builtin_fma(q, m, 4.52279145837532221105e1);
	q = __builtin_fma(q, m, 8.29875266912776603211e1);
	q = __builtin_fma(q, m, 7.11544750618563894466e1);
	q = __builtin_fma(q, m, 2.31251620126765340583e1);
	double y = m * (z * p / q);
	y = __builtin_fma(double(e), -2.121944400546905827679e-4, y);
	y = __builtin_fma(-0.5, z, y);
	return __builtin_fma(double(e), 0.693359375, m + y);
}
