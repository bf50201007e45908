"""FastAPI with SQLAlchemy's asyncio ORM, as both projects' documentation shows it."""

from datetime import datetime
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.peers.work import DATABASE_URL, user_of

engine = create_async_engine(DATABASE_URL.replace("postgresql://", "postgresql+psycopg://"), pool_size=20)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "connect_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_active: Mapped[bool]


class Network(Base):
    __tablename__ = "networks_socialnetwork"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    network: Mapped[str]
    network_id: Mapped[str] = mapped_column("external_id")
    network_url: Mapped[str] = mapped_column("url")
    status: Mapped[str]
    followers: Mapped[int | None]
    verified: Mapped[bool]
    connected_at: Mapped[datetime]


class NetworkOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    network: str
    network_id: str
    network_url: str
    status: str
    followers: int | None
    verified: bool
    connected_at: datetime


class NetworksOut(BaseModel):
    networks: list[NetworkOut]


async def session():
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


async def caller(database: Session, authorization: Annotated[str, Header()] = "") -> Person:
    try:
        user = user_of(authorization)
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    person = await database.scalar(select(Person).where(Person.id == user, Person.is_active))
    if person is None:
        raise HTTPException(401)
    return person


application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


@application.post("/api/get/networks/", response_model=NetworksOut)
async def networks(database: Session, person: Annotated[Person, Depends(caller)]):
    rows = await database.scalars(select(Network).where(Network.user_id == person.id).order_by(Network.id))
    return {"networks": rows.all()}
