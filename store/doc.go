// Package store is the archive: one SQLite file that keeps every event of every
// room for years.
//
// # One file, many programs
//
// An [Archive] has one connection that writes and a few that read. Several
// programs may have the same file open, and several may write: a transaction
// takes the write lock first, so positions ([event.Event.Seq]) are given out in
// the order of the commits and never twice. Readers never wait for a writer.
//
// # What a row holds
//
// An event is one row of the table event with what is its own: the time, the
// key, the words, the amounts. Everything that repeats is kept once and
// referred to: rooms, users (a row for each name and face a user had), medals,
// and the form of an event (platform, command, and the fields of the detail
// that few values share, as JSON). A comment is then about 75 bytes.
//
// # Same event, stored once
//
// Two events of a room with the same key are the same event (see [Archive.Append]).
//
// # Raw commands
//
// The commands as received are kept in compressed frames of many, in the table
// raw, by the positions of their events.
package store
