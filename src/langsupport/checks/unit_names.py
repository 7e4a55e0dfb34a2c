"""How the six languages write units of measurement, of time and of money beside a number, as regular expressions.

Each line: the unit, a colon, and its forms; they are tried from the longest on. A unit that a form may stand for
beside others has the form in the line of each; `-` is the unit of what may be no unit at all. Areas and speeds count
as their lengths: "km/h", "kilometres an hour" and 每小时 … 公里 put the rest in different places.
"""

from __future__ import annotations

from collections.abc import Mapping

_SYMBOLS = """
percent: % ٪ ％
permille: ‰
km: km km² km2 km/h kmh kph
m: m m² m2
cm: cm
mm: mm
mile: mph
kg: kg
g: g
mg: mg
t: t
l: l L
ml: ml mL
ha: ha
°C: °C ℃
°F: °F ℉
Hz: Hz
kHz: kHz
MHz: MHz
GHz: GHz
W: W
kW: kW
MW: MW
GW: GW
kWh: kWh
MWh: MWh
kB: kB KB
MB: MB
GB: GB
TB: TB
kbit/s: kbit/s kbps Kbps kbit/сек
Mbit/s: Mbit/s Mbps
Gbit/s: Gbit/s Gbps
dollar: US$ USD $ ＄
euro: EUR €
pound: GBP £
yen: JPY ¥
yuan: CNY RMB ¥
franc: CHF
rouble: RUB ₽
"""

_WORDS = {
    "en": r"""
percent: per\s?cent percent pct percentage\spoints?
km: kilomet(?:re|er)s?
m: met(?:re|er)s?
cm: centimet(?:re|er)s?
mm: millimet(?:re|er)s?
mile: miles? mi sq\.?\smi(?:les?)? square\smiles?
foot: foot feet ft
inch: inch(?:es)?
kg: kilograms? kilos?
g: grams?
mg: milligrams?
t: ton(?:ne)?s?
pound: pounds?\ssterling pounds?
lb: pounds? lbs?
l: lit(?:re|er)s?
ha: hectares?
acre: acres?
second: seconds?
minute: minutes? mins?
hour: hours? hrs?
day: days?
week: weeks?
month: months?
year: years? yrs?
dollar: (?:US|Canadian|Australian|U\.S\.)?\s?dollars?
euro: euros?
yen: yen
yuan: yuan
franc: (?:Swiss\s)?francs?
rouble: rou?bles?
MHz: megahertz
GHz: gigahertz
""",
    "fr": r"""
percent: pour\scent points?\sde\spourcentage p\.\s?100
km: kilomètres?
m: mètres?
cm: centimètres?
mm: millimètres?
mile: miles? milles?
foot: pieds?
inch: pouces?
kg: kilogrammes? kilos?
g: grammes?
mg: milligrammes?
t: tonnes?
lb: livres?
pound: livres?\ssterling livres?
l: litres?
ha: hectares?
acre: acres?
second: secondes?
minute: minutes? min
hour: heures? h
day: jours? journées?
week: semaines?
month: mois
year: ans? années?
dollar: dollars?
euro: euros?
yen: yens?
yuan: yuans?
franc: francs?
rouble: roubles?
MHz: mégahertz
GHz: gigahertz
""",
    "es": r"""
percent: por\sciento puntos?\sporcentual(?:es)?
km: kilómetros?
m: metros?
cm: centímetros?
mm: milímetros?
mile: millas?
foot: pies?
inch: pulgadas?
kg: kilogramos? kilos?
g: gramos?
mg: miligramos?
t: toneladas?
lb: libras?
pound: libras?\sesterlinas? libras?
l: litros?
ha: hectáreas?
acre: acres?
second: segundos?
minute: minutos? min
hour: horas? h
day: días?
week: semanas?
month: meses mes
year: años?
dollar: dólares dólar
euro: euros?
yen: yenes yen
yuan: yuanes yuan
franc: francos?
rouble: rublos?
MHz: megahercios
GHz: gigahercios
""",
    "ru": r"""
percent: процент\w* проц\.
km: километр\w* км км² км2 кв\.\s?км квадратн\w+\sкилометр\w* км/ч
m: метр\w* м м² м2 кв\.\s?м квадратн\w+\sметр\w*
cm: сантиметр\w* см
mm: миллиметр\w* мм
mile: мил[яьией]\w*
foot: фут\w*
inch: дюйм\w*
kg: килограмм\w* кг
g: грамм\w* г
year: г
mg: миллиграмм\w* мг
t: тонн\w* т
lb: фунт\w*
pound: фунт\w*\sстерлингов фунт\w*
l: литр\w* л
ml: мл миллилитр\w*
ha: гектар\w* га
acre: акр\w*
second: секунд\w* сек с
minute: минут\w* мин
hour: час\w* ч
day: дн(?:я|ей|и|ям|ями|ях|ю|ём|ем) день сут\w+
week: недел\w+
month: месяц\w* мес
year: год\w* лет
dollar: доллар\w* долл
euro: евро
yen: иен\w* йен\w*
yuan: юан\w+
franc: франк\w*
rouble: рубл\w+ руб
Hz: Гц
kHz: кГц
MHz: МГц мегагерц\w*
GHz: ГГц гигагерц\w*
W: Вт
kW: кВт
MW: МВт
GW: ГВт
kWh: кВт[·⋅\s-]?ч\w*
kB: кбайт\w* Кбайт\w* КБ кБ
MB: Мбайт\w* МБ мегабайт\w*
GB: Гбайт\w* ГБ гигабайт\w*
TB: Тбайт\w* ТБ
kbit/s: кбит/с Кбит/с
Mbit/s: Мбит/с
Gbit/s: Гбит/с
""",
    "ar": r"""
percent: (?:في|ب)\s?ال(?:مائة|مئة) في\s(?:مائة|مئة) ب?المائة ب?المئة نقط\w*\sمئوية
km: كيلومتر\w* كيلو\s?متر\w* كلم كم
m: متر\w* أمتار م
cm: سنتيمتر\w* سنتمتر\w* سم
mm: مليمتر\w* ملليمتر\w* مم ملم
mile: ميلا?ً? ميلين أميال
foot: قدم\w* أقدام
inch: بوص\w*
kg: كيلوغرام\w* كيلوجرام\w* كيلو كغ كجم كغم
g: غرام\w* جرام\w* غ جم
mg: مليغرام\w* ملليغرام\w* ملغ مجم ملغم
t: طن\w* أطنان
lb: رطل\w* أرطال باوند\w*
pound: جنيه\w* باوند\w*
l: لتر\w* لترات ليتر\w*
ha: هكتار\w*
acre: فدان\w* فدادين
second: ثوان\w* ثاني\w*
minute: دقيق\w* دقائق
hour: ساع\w*
day: يوم\w* أيام ايام
week: [أا]سبوع\w* أسابيع
month: شهر\w* أشهر شهور
year: سن\w+ عام\w* أعوام
dollar: دولار\w*
euro: يورو
yen: ينّ? ينات
yuan: يوان\w*
franc: فرنك\w*
rouble: روبل\w*
MHz: ميغاهرتز ميجاهرتز
GHz: غيغاهرتز جيجاهرتز
MB: ميغابايت ميجابايت
GB: غيغابايت جيجابايت جيغابايت
""",
    "zh": r"""
percent: 个百分点
km: 公里 千米 平方公里 平方千米
m: 米 公尺 平方米
cm: 厘米 公分
mm: 毫米
mile: 英里 平方英里
foot: 英尺
inch: 英寸
kg: 公斤 千克
g: 克
mg: 毫克
t: 吨 公吨
lb: 磅
pound: 英镑 镑
l: 升 公升
ml: 毫升
ha: 公顷
acre: 英亩
second: 秒钟? 秒
minute: 分钟 分
hour: 个?(?:多)?小时 个?钟头
day: 个?工作日 天 个昼夜
week: 个?星期 周 个?礼拜
month: 个多?月 月
-: 月 日 年 点 分 元
year: 年 周年
dollar: 美元 美金 (?:加|澳|新)元 元
euro: 欧元
yen: 日元 日圆
yuan: 元人民币 人民币 元
franc: (?:瑞士)?法郎
rouble: 卢布
MHz: 兆赫
GHz: 千兆赫 吉赫
""",
}

MONEY = frozenset({"dollar", "euro", "pound", "yen", "yuan", "franc", "rouble"})


def _forms(lines: str) -> dict[str, tuple[str, ...]]:
    rows = (line.split(":", 1) for line in lines.strip().splitlines())
    return {name: tuple(forms.split()) for name, forms in rows}


SYMBOLS: Mapping[str, tuple[str, ...]] = _forms(_SYMBOLS)
"""Unit to the signs that every language uses, as they are written."""
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {code: _forms(lines) for code, lines in _WORDS.items()}
"""Language and unit to regular expressions."""
