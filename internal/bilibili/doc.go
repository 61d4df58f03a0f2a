// Package bilibili makes the HTTP calls that come before and beside a comment
// socket: which room a number means, which comment server to dial with which
// token, the device cookie, the WBI signature, the login by QR code, the last
// comments of a room, and the official Open Live platform.
//
// # Politeness
//
// The calls are those the platform's own web page makes, and fewer of them.
// These rules hold for the whole process, however many rooms it watches:
//
//   - Every call and every dial of a comment socket takes a token from one
//     [Budget]: a burst of ten, then one a second.
//   - Calls nobody waits for (the last comments of a room) only go out while
//     the budget is at least half full.
//   - -799 and -509 (too frequent) pause every call for 10 s, 20 s, 40 s … up
//     to 10 minutes; -412 (refused) for 5, 10, 20 … up to 60 minutes; -352
//     (risk control) pauses the call that got it for 1, 2, 4 … up to 30
//     minutes. All waits are jittered, so that rooms do not come back at once.
//   - After a pause one call goes first; the others follow only when it was
//     answered well.
//   - -352 is met once with fresh WBI keys and a fresh device cookie, never
//     again within ten minutes; after each pause the keys are fetched anew. A
//     captcha is never automated.
//   - WBI keys are kept up to 12 hours, the device cookie across restarts where
//     there is a file for it, a token for as long as the socket accepts it.
//   - Open Live has a budget of its own: the web's refusals must not stop its
//     heartbeats.
//   - A room that does not exist is not asked for again.
//
// Wire facts are cited as in docs/protocol.md.
package bilibili
