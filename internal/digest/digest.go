// Package digest boils many events down to few: what came most often, which
// words were on everybody's lips, when a room spoke up. It reads events one by
// one and needs the same small memory for an hour and for a year.
package digest
