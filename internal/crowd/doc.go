// Package crowd is very many WebSocket subscribers in one loop, for benchmarks
// and tests of endurance. It needs Linux.
package crowd
