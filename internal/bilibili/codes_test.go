package bilibili

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"danmaku/event"
	"danmaku/internal/simroom"
)

func TestIdentityCodesAreKeptForTheirOwnerAloneAndForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes.txt")
	if codes, err := ReadCodes(path); err != nil || len(codes) != 0 {
		t.Errorf("of no file: %v, %v", codes, err)
	}
	one, two := NewSecret("CODE1"), NewSecret("CODE2")
	if err := WriteCodes(path, []Secret{one, two, one}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	codes, err := ReadCodes(path)
	if err != nil || len(codes) != 2 || !codes[0].Is(one) || !codes[1].Is(two) || one.Is(two) {
		t.Errorf("read: %d codes, %v", len(codes), err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", codes, codes, codes, codes[0]); strings.Contains(text, "CODE") {
		t.Errorf("printed as %s", text)
	}
	if err := WriteCodes(path, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
	if err := os.WriteFile(path, []byte("s3cr3t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCodes(path); err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("of a file of something else: %v", err)
	}
}

func TestAnIdentityCodeIsTakenAsItIsPasted(t *testing.T) {
	for text, good := range map[string]bool{" BS3ABC \n": true, "": false, "BS3 ABC": false, "身份码": false, strings.Repeat("A", 201): false} {
		if _, err := ParseCode(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAccessWithoutACodeIsEnoughForWhoIsToldOneLater(t *testing.T) {
	path := accessFile(t, "access_key_id = K\naccess_key_secret = S\napp_id = 1\n")
	if a, err := ReadAppAccess(path, environment()); err != nil || a.Empty() || len(a.Codes) != 0 {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := ReadAppAccess(accessFile(t, "app_id = 1\n"), environment()); err == nil || !strings.Contains(err.Error(), "access_key_id, access_key_secret missing") {
		t.Errorf("of half an access: %v", err)
	}
}

func TestACodeEnteredWhileRunningJoinsItsRoomOnceAndIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, config := simulated(t, simroom.Config{Rooms: []simroom.Room{{ID: 1001}, {ID: 1002}}})
		o, err := NewOpenLive(OpenConfig{Upstream: config.Upstream, Transport: config.Transport, Access: Access{
			KeyID: NewSecret(simroom.AccessKeyID), Secret: NewSecret(simroom.AccessKeySecret), AppID: simroom.AppID}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.Enter(t.Context(), NewSecret("WRONG")); !errors.Is(err, ErrCode) {
			t.Errorf("a wrong code: %v", err)
		}
		if list := o.Codes(); len(list) != 0 {
			t.Errorf("kept after a mistake: %+v", list)
		}
		code := NewSecret(simroom.IdentityCode(1002))
		for i := range 2 { // the second time nothing is asked
			room, added, err := o.Enter(t.Context(), code)
			if err != nil || room != 1002 || added != (i == 0) || !o.Has(1002) {
				t.Errorf("entered: room %d, %t, %v", room, added, err)
			}
		}
		if list := o.Codes(); len(list) != 1 || list[0].Room != event.RoomID(1002) || list[0].Err != nil || !list[0].Code.Is(code) {
			t.Errorf("codes: %+v", list)
		}
		o.Drop(code)
		if o.Has(1002) || len(o.Codes()) != 0 {
			t.Error("the code was not dropped")
		}
		if calls := s.Calls(); calls["/v2/app/start"] != 2 || calls["/v2/app/end"] != 1 {
			t.Errorf("calls: %v", calls)
		}
		o.CloseIdle()
	})
}
