"""Prints a backtest to the terminal."""

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.planning import backtesting
from app.planning.backtesting import FEWEST_TO_JUDGE, Margins


def print_backtest(
    console: Console,
    series: dict[str, list[int]],
    skus: int,
    origins: int,
    horizon: int,
    service_level: float,
) -> bool:
    """Backtest some series and print the errors of each method; return whether the coverage is sufficient."""
    chosen = backtesting.spread_over(series, skus)
    moments = backtesting.origins_of(chosen, origins, horizon)
    if not moments:
        console.print("There is not enough history. At least 8 weeks plus the weeks to forecast are needed.")
        return False
    table = Table("method", "weekly WAPE", f"{horizon}-week WAPE", "bias", "RMSSE", "forecasts")
    for name, method in track(backtesting.methods().items(), "Forecasting", console=console):
        errors = backtesting.backtest(chosen, method, moments, horizon)
        row = (
            f"{errors.weekly:.3f}",
            f"{errors.of_horizon:.3f}",
            f"{errors.bias:+.3f}",
            f"{errors.rmsse:.3f}",
        )
        table.add_row(name, *row, str(errors.forecasts))
    console.print(table)
    console.print("WAPE: sum of the absolute errors divided by the sum of demand; lower is better.")
    pooled, normal = backtesting.coverage(chosen, moments, service_level, horizon)
    return _print_coverage(console, pooled, normal, service_level)


def _print_coverage(console: Console, pooled: Margins, normal: Margins, service_level: float) -> bool:
    table = Table("SKUs", "forecasts", "pooled errors", "normal errors", "pinball", "pinball, normal")
    for each, kept in pooled.items():
        other = normal[each]
        table.add_row(
            "all" if each is None else f"class {each.name}", str(kept.forecasts), f"{kept.coverage:.1%}",
            f"{other.coverage:.1%}", f"{kept.pinball:,.0f}", f"{other.pinball:,.0f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"Share of periods in which safety stock for {service_level:.0%} was sufficient; a "
        "lower pinball loss is better."
    )
    short, every = service_level - 0.02, pooled[None]
    if every.forecasts >= FEWEST_TO_JUDGE and every.coverage < short:
        console.print(f"[red]Safety stock was sufficient less often than {short:.0%}.[/red]")
        return False
    return True
