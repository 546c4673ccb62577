"""kiwoom-restful with its Kiwoom addresses pointed at a server of ours: says the trades and books of stocks."""

import asyncio
import json
import sys

import msgspec
from kiwoom import API, config
from kiwoom.config.real import HogaValuesType, TickValuesType
from kiwoom.http.socket import Socket

settings = json.loads(sys.argv[1])
config.REAL = settings["rest"]
Socket.REAL = settings["socket"]
# The client's own decoders of the two types.
TICK = msgspec.json.Decoder(TickValuesType)
BOOK = msgspec.json.Decoder(HogaValuesType)


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def on_tick(real):
    tick = TICK.decode(real.values)
    size = int(tick.v15)
    # A sign before the price tells its direction since yesterday; one before the size, who took.
    say(
        {
            "said": "trade",
            "symbol": real.item,
            "time": tick.v20,
            "price": abs(float(tick.v10)),
            "size": abs(size),
            "side": 1 if size > 0 else -1,
        }
    )


async def on_book(real):
    book = BOOK.decode(real.values)
    levels = lambda price, size: [
        [abs(float(getattr(book, f"v{price + i}"))), int(getattr(book, f"v{size + i}"))] for i in range(10)
    ]
    say({"said": "book", "symbol": real.item, "id": book.v21, "bids": levels(51, 71), "asks": levels(41, 61)})


async def main():
    api = API(config.REAL, settings["appKey"], settings["secretKey"])
    logged_in = asyncio.Event()

    async def on_login(reply):
        say({"said": "note", "text": f"login {reply['return_code']}"})
        logged_in.set()

    async def on_registration(reply):
        say({"said": "note", "text": f"registration {reply['return_code']}"})

    api.add_callback_on_real_data("LOGIN", on_login)
    api.add_callback_on_real_data("REG", on_registration)
    api.add_callback_on_real_data("0B", on_tick)
    api.add_callback_on_real_data("0D", on_book)
    await api.connect()
    await logged_in.wait()
    # One after the other within a millisecond, as its own examples do.
    await api.register_tick("1", settings["symbols"])
    await api.register_hoga("2", settings["symbols"])
    # Until the test closes our input.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await api.close()


asyncio.run(main())
